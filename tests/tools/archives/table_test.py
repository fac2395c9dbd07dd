"""The table: our own is sound and in order, and nothing unsound is read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.archives.releases import (
    CPUS,
    document,
    runner_row,
    sha256,
    simulator_row,
    small_document,
    table_json,
)
from tools.archives import table
from tools.archives.archive import TOOLS, tool_named
from tools.archives.errors import ArchivesError
from tools.archives.table import (
    UPDATE_COMMAND,
    parse_table,
    read_table,
    schema_text,
    table_text,
    with_rows,
)

assert table.__file__
TOOLS_FOLDER = Path(table.__file__).parents[1]
SMALL = small_document()


def test_our_own_table_is_sound_and_in_order() -> None:
    file = TOOLS_FOLDER / "archives.json"
    assert file.read_text(encoding="utf-8") == table_text(read_table(file)), (
        f"run: {UPDATE_COMMAND}"
    )


def test_our_own_table_has_what_the_spec_pins() -> None:
    rows = read_table(TOOLS_FOLDER / "archives.json").archives
    assert {row.tool for row in rows} == {*TOOLS}
    runners = {row.version for row in rows if row.tool == "codspeed-runner"}
    assert {"3.6.0", "4.11.0", "4.19.1", "5.0.2"} <= runners


def test_the_published_schema_is_current() -> None:
    file = TOOLS_FOLDER / "archives.schema.json"
    assert file.read_text(encoding="utf-8") == schema_text(), f"run: {UPDATE_COMMAND}"


def test_the_schema_wants_one_hash() -> None:
    rows = json.loads(schema_text())["$defs"]
    for name in ("ProgramArchive", "SimulatorArchive"):
        assert rows[name]["oneOf"] == [{"required": ["sha256"]}, {"required": ["installer"]}]
        assert "null" not in json.dumps(rows[name])
        assert not rows[name]["additionalProperties"]


@given(st.permutations(SMALL["archives"]))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]]) -> None:
    text = table_text(parse_table(table_json({**SMALL, "archives": rows})))
    assert text == table_text(parse_table(table_json(SMALL)))
    assert text == table_text(parse_table(text))


def test_rows_are_sorted_by_tool_build_version_and_platform() -> None:
    text = table_text(parse_table(table_json(SMALL)))
    told = [
        (row["tool"], row.get("simulator"), row["version"], row["platform"])
        for row in json.loads(text)["archives"]
    ]
    assert told == [
        ("codspeed-runner", None, "4.9.0", "linux_aarch64"),
        ("codspeed-runner", None, "4.9.0", "linux_x86_64"),
        ("codspeed-runner", None, "4.11.0", "linux_aarch64"),
        ("codspeed-runner", None, "4.11.0", "linux_x86_64"),
        ("valgrind", "codspeed", "3.26.0-0codspeed5", "linux_aarch64"),
        ("valgrind", "codspeed", "3.26.0-0codspeed5", "linux_x86_64"),
        ("valgrind", "codspeed", "3.26.0-0codspeed6", "linux_aarch64"),
        ("valgrind", "codspeed", "3.26.0-0codspeed6", "linux_x86_64"),
        ("valgrind", "stock", "3.19.0-1", "linux_aarch64"),
        ("valgrind", "stock", "3.19.0-1", "linux_x86_64"),
    ]


PATHS = [(at, key) for at, row in enumerate(SMALL["archives"]) for key in row]


@pytest.mark.parametrize(("at", "key"), PATHS)
def test_no_key_may_be_missing(at: int, key: str) -> None:
    changed = copy.deepcopy(SMALL)
    del changed["archives"][at][key]
    with pytest.raises(ArchivesError, match=rf"no table of archives\. Got: archives\.{at}"):
        parse_table(table_json(changed))


@given(
    st.sampled_from(PATHS), st.none() | st.booleans() | st.integers() | st.just("") | st.just([])
)
def test_no_value_may_be_of_another_kind(path: tuple[int, str], value: object) -> None:
    at, key = path
    row = SMALL["archives"][at]
    if (row[key], value) == ([], []):
        return
    changed = {**SMALL, "archives": [*SMALL["archives"]]}
    changed["archives"][at] = {**row, key: value}
    with pytest.raises(ArchivesError, match=r"no table of archives"):
        parse_table(table_json(changed))


def change(at: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    def apply(document: dict[str, Any]) -> None:
        document["archives"][at].update(fields)

    return apply


def change_installer(at: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    def apply(document: dict[str, Any]) -> None:
        document["archives"][at]["installer"].update(fields)

    return apply


URL = SMALL["archives"][0]["urls"][0]
DEB = SMALL["archives"][4]
FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "unknown key of a row": (change(0, sha512="0"), "Extra inputs"),
    "unknown key of an installer": (change_installer(0, size=1), "Extra inputs"),
    "unknown key of the table": (lambda document: document.update(more=1), "Extra inputs"),
    "unknown tool": (change(0, tool="runner"), "does not match any of the expected tags"),
    "unknown platform": (change(0, platform="linux_riscv64"), "linux_aarch64"),
    "unknown simulator": (change(4, simulator="mine"), "codspeed-ubuntu-24.04"),
    "both hashes": (change(0, sha256=sha256(b"x")), "exactly one of sha256 and installer"),
    "null hash": (change(4, sha256=None), "valid string"),
    "null installer": (change(0, installer=None), "exactly one of sha256 and installer"),
    "both, one null": (change(4, installer=None), "exactly one of sha256 and installer"),
    "upper-case hash": (change(4, sha256=DEB["sha256"].upper()), "match pattern"),
    "short hash": (change(4, sha256=DEB["sha256"][1:]), "match pattern"),
    "hash with a line end": (change(4, sha256=DEB["sha256"] + "\n"), "match pattern"),
    "equal digits": (change(4, sha256="0" * 64), "a placeholder"),
    "repeated digits": (change(4, sha256="0123456789abcdef" * 4), "a placeholder"),
    "hash of nothing": (change(4, sha256=sha256(b"")), "a placeholder"),
    "placeholder of an installer": (change_installer(0, sha256="f" * 64), "a placeholder"),
    "plain http": (change(0, urls=[URL.replace("https", "http")]), "match pattern"),
    "password": (change(0, urls=[URL.replace("://", "://me@")]), "match pattern"),
    "query": (change(0, urls=[URL + "?raw=1"]), "match pattern"),
    "way up": (change(0, urls=[URL.replace("/v4", "/../v4")]), "match pattern"),
    "host that is a way up": (change(0, urls=["https://../a.tar.gz"]), "match pattern"),
    "other file": (change(0, urls=[URL, URL + ".sig"]), "an address that does not end in"),
    "no address": (change(0, urls=[]), "at least 1 item"),
    "no address of CodSpeed's Valgrind": (change(4, urls=[]), "no address"),
    "folder in the name": (change(4, file="a/b.deb", urls=[]), "match pattern"),
    "other kind": (change(0, kind="deb"), "is no deb"),
    "installer by another name": (change_installer(0, file="other.sh"), "the first address ends"),
    "installer that is no script": (
        change_installer(0, urls=[SMALL["archives"][0]["installer"]["urls"][0], URL]),
        "names no shell script",
    ),
    "simulator of a program": (change(0, simulator="stock"), "Extra inputs"),
    "program of a simulator": (change(4, binary="bin/valgrind"), "Extra inputs"),
    "row twice": (
        lambda document: document["archives"].append(document["archives"][0]),
        "the row of codspeed-runner 4.9.0 for linux_aarch64 twice",
    ),
    "hash of two rows": (change(5, sha256=DEB["sha256"]), f"{DEB['sha256']} twice"),
    "address of two rows": (change(5, urls=DEB["urls"], file=DEB["file"]), f"{DEB['file']} twice"),
    "installer of two versions": (
        change(0, installer=SMALL["archives"][2]["installer"]),
        "codspeed-runner-installer.sh twice",
    ),
    "one platform": (
        lambda document: document["archives"].pop(0),
        "no row of codspeed-runner 4.9.0 for linux_aarch64",
    ),
    "one platform of a build": (
        lambda document: document["archives"].pop(),
        "no row of valgrind stock 3.19.0-1 for linux_x86_64",
    ),
    "no default": (lambda document: document["defaults"].pop("valgrind"), "no default of valgrind"),
    "default without a row": (
        lambda document: document["defaults"].update(valgrind="9.9"),
        "no default of valgrind",
    ),
    "default of another tool": (
        lambda document: document["defaults"].update({"mongo-tracer": "1.0"}),
        "no default of mongo-tracer",
    ),
    "other schema": (lambda document: document.update({"$schema": "x"}), "archives.schema.json"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_unsound_is_refused(fault: str) -> None:
    apply, told = FAULTS[fault]
    changed = copy.deepcopy(SMALL)
    apply(changed)
    with pytest.raises(ArchivesError, match=r"no table of archives\. Got: ") as raised:
        parse_table(table_json(changed))
    assert told in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "\x00", '{"archives": 1}'])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ArchivesError, match=r"^x\.json is no table .* Fix: correct x\.json\.$"):
        parse_table(text, "x.json")


def test_a_missing_table_is_told_with_what_to_do_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(ArchivesError, match=r"No such file .* codspeed\.archive\("):
        read_table(tmp_path / "archives.json")


def test_rows_are_added_and_replaced() -> None:
    small = parse_table(table_json(SMALL))
    pinned = [runner_row("4.9.0", cpu, sha256=sha256(cpu.encode())) for cpu in CPUS]
    newer = [runner_row("4.12.0", cpu) for cpu in CPUS]
    rows = parse_table(table_json(document(*pinned, *newer))).archives
    changed = with_rows(small, rows)
    assert {row for row in changed.archives if row not in small.archives} == {*rows}
    assert len(changed.archives) == len(small.archives) + 2


def test_half_a_version_is_not_added() -> None:
    rows = [simulator_row("codspeed", "3.26.0-0codspeed7", cpu) for cpu in CPUS]
    both = parse_table(table_json(document(*rows))).archives
    with pytest.raises(ArchivesError, match=r"no row of valgrind codspeed 3\.26\.0-0codspeed7"):
        with_rows(parse_table(table_json(SMALL)), both[:1])


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("runner", "codspeed-runner"),
        ("codspeed-runner", "codspeed-runner"),
        ("exec_harness", "codspeed-exec-harness"),
        ("mongo_tracer", "mongo-tracer"),
        ("valgrind", "valgrind"),
    ],
)
def test_tools_have_short_names(name: str, tool: str) -> None:
    assert tool_named(name) == tool


def test_an_unknown_tool_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ArchivesError, match=r"Got: 'perf'\..*codspeed-memtrack.*valgrind"):
        tool_named("perf")
