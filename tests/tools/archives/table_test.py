"""The table: our own is sound and in order, and nothing unsound is read."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.runner_versions import find_runner, runner_of
from tests.tools.archives.releases import (
    CPUS,
    document,
    runner_build,
    runner_release,
    sha256,
    small_document,
    table_json,
)
from tools.archives import table
from tools.archives.archive import TOOLS, tool_named
from tools.archives.errors import ArchivesError
from tools.archives.table import (
    UPDATE_COMMAND,
    new_release,
    parse_table,
    read_table,
    schema_text,
    table_text,
    with_releases,
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


def test_the_runner_that_we_speak_as_is_the_newest_with_a_hash() -> None:
    own = read_table(TOOLS_FOLDER / "archives.json")
    runners = [find_runner(row.version) for row in own.archives if row.tool == "codspeed-runner"]
    default = runner_of("//a:b", "", "simulation")
    assert max(one.number for one in runners if one) == default.number
    # What is started by hand is what measurements are made as.
    assert own.defaults["codspeed-runner"] == default.version


def test_the_published_schema_is_current() -> None:
    file = TOOLS_FOLDER / "archives.schema.json"
    assert file.read_text(encoding="utf-8") == schema_text(), f"run: {UPDATE_COMMAND}"


def test_the_schema_wants_one_hash() -> None:
    definitions = json.loads(schema_text())["$defs"]
    assert definitions["Release"]["oneOf"] == [
        {"required": ["sha256"]},
        {"required": ["installer_sha256"]},
    ]
    for definition in definitions.values():
        words = re.findall("[a-z]+", json.dumps(definition["properties"]))
        assert not {"null", "default"} & {*words}
        assert not definition["additionalProperties"]


@given(st.data())
def test_the_order_in_the_file_does_not_matter(data: st.DataObject) -> None:
    changed = copy.deepcopy(SMALL)
    changed["builds"] = data.draw(st.permutations(changed["builds"]))
    for build in changed["builds"]:
        build["releases"] = data.draw(st.permutations(build["releases"]))
        build["platforms"] = dict(data.draw(st.permutations([*build["platforms"].items()])))
    assert table_text(parse_table(table_json(changed))) == table_json(SMALL)


def test_what_a_release_states_as_its_build_does_is_not_written() -> None:
    changed = copy.deepcopy(SMALL)
    build = changed["builds"][0]
    for release in build["releases"]:
        release |= {key: build[key] for key in ("binary", "provenance", "urls")}
    assert table_text(parse_table(table_json(changed))) == table_json(SMALL)


def test_a_release_may_deviate_from_its_build() -> None:
    changed = copy.deepcopy(SMALL)
    deviating = {"binary": "codspeed-{version}/bin", "provenance": "another"}
    changed["builds"][0]["releases"][0] |= deviating
    table = parse_table(table_json(changed))
    binaries = [(row.binary, row.provenance) for row in table.archives if row.binary]
    assert binaries == [("codspeed-4.9.0/bin", "another")] * 2 + [("codspeed", "the tests")] * 2
    assert table_text(table) == table_json(changed)


def test_archives_are_sorted_by_tool_build_version_and_platform() -> None:
    rows = [
        (row.tool, row.simulator or None, row.version, row.platform)
        for row in parse_table(table_json(SMALL)).archives
    ]
    assert rows == [
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


PATHS = [
    *((at, None, key) for at, build in enumerate(SMALL["builds"]) for key in build),
    *(
        (at, number, key)
        for at, build in enumerate(SMALL["builds"])
        for number, release in enumerate(build["releases"])
        for key in release
    ),
]


def record(document: dict[str, Any], at: int, number: int | None) -> dict[str, Any]:
    """Returns a build of a table, or a release of it."""
    build: dict[str, Any] = document["builds"][at]
    if number is None:
        return build
    release: dict[str, Any] = build["releases"][number]
    return release


@pytest.mark.parametrize(("at", "number", "key"), PATHS)
def test_no_key_may_be_missing(at: int, number: int | None, key: str) -> None:
    changed = copy.deepcopy(SMALL)
    del record(changed, at, number)[key]
    with pytest.raises(ArchivesError, match=rf"not a table of archives\. Got: builds\.{at}"):
        parse_table(table_json(changed))


@given(
    st.sampled_from(PATHS), st.none() | st.booleans() | st.integers() | st.just("") | st.just([])
)
def test_no_value_may_be_of_another_kind(path: tuple[int, int | None, str], value: object) -> None:
    at, number, key = path
    changed = copy.deepcopy(SMALL)
    record(changed, at, number)[key] = value
    with pytest.raises(ArchivesError, match=r"not a table of archives"):
        parse_table(table_json(changed))


def change(at: int, **facts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: record(document, at, None).update(facts)


def change_release(at: int, number: int, **facts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: record(document, at, number).update(facts)


def hashes(aarch64: object, x86_64: object = sha256(b"other")) -> dict[str, object]:
    return {"linux_aarch64": aarch64, "linux_x86_64": x86_64}


# Builds of the small table.
RUNNER, VALGRIND, STOCK = 0, 1, 2
URL = SMALL["builds"][RUNNER]["urls"][0]
SCRIPT = SMALL["builds"][RUNNER]["installer_urls"][0]
INSTALLER = SMALL["builds"][RUNNER]["releases"][0]["installer_sha256"]
DEB = SMALL["builds"][VALGRIND]["releases"][0]["sha256"]["linux_aarch64"]
FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "unknown key of a build": (change(0, sha512="0"), "builds.0.sha512: Extra inputs"),
    "unknown key of a release": (change_release(0, 1, size=1), "releases.1.size: Extra inputs"),
    "unknown key of the table": (lambda document: document.update(more=1), "Extra inputs"),
    "unknown tool": (change(RUNNER, tool="runner"), "'codspeed-runner'"),
    "unknown platform": (
        change(RUNNER, platforms={**CPUS, "linux_riscv64": "riscv64"}),
        "linux_aarch64",
    ),
    "unknown simulator": (change(VALGRIND, simulator="mine"), "|codspeed-ubuntu-24"),
    "both hashes": (
        change_release(RUNNER, 0, sha256=hashes(DEB)),
        "exactly one of sha256 and installer_sha256",
    ),
    "null hash": (change_release(VALGRIND, 0, sha256=None), "releases.0.sha256: Input should be"),
    "null hash of a platform": (change_release(VALGRIND, 0, sha256=hashes(None)), "valid string"),
    "null installer": (change_release(RUNNER, 0, installer_sha256=None), "valid string"),
    "upper-case hash": (change_release(VALGRIND, 0, sha256=hashes(DEB.upper())), "match pattern"),
    "short hash": (change_release(VALGRIND, 0, sha256=hashes(DEB[1:])), "match pattern"),
    "hash with a line end": (
        change_release(VALGRIND, 0, sha256=hashes(DEB + "\n")),
        "match pattern",
    ),
    "equal digits": (change_release(VALGRIND, 0, sha256=hashes("0" * 64)), "a placeholder"),
    "repeated digits": (
        change_release(VALGRIND, 0, sha256=hashes("0123456789abcdef" * 4)),
        "a placeholder",
    ),
    "hash of nothing": (change_release(VALGRIND, 0, sha256=hashes(sha256(b""))), "a placeholder"),
    "placeholder of an installer": (
        change_release(RUNNER, 0, installer_sha256="f" * 64),
        "a placeholder",
    ),
    "plain http": (change(RUNNER, urls=[URL.replace("https", "http")]), "match pattern"),
    "password": (change(RUNNER, urls=[URL.replace("://", "://me@")]), "match pattern"),
    "query": (change(RUNNER, urls=[URL + "?raw=1"]), "match pattern"),
    "way up": (change(RUNNER, urls=[URL.replace("/v{", "/../v{")]), "match pattern"),
    "way up in an archive": (change(RUNNER, strip_prefix="a/../b"), "match pattern"),
    "way up by a word": (change(RUNNER, platforms={**CPUS, "linux_x86_64": "../b"}), "match"),
    "way up by a version": (change_release(RUNNER, 0, version=".."), "match pattern"),
    "host that is a way up": (change(RUNNER, urls=["https://../a.tar.gz"]), "match pattern"),
    "unknown place": (
        change(RUNNER, urls=[URL.replace("{version}", "{tag}")]),
        "braces around something else than version or platform",
    ),
    "half a place": (change(RUNNER, strip_prefix="{version"), "braces around something else"),
    "other file": (change(RUNNER, urls=[URL, URL.replace("runner-", "")]), "several names of one"),
    "file with another name": (change(RUNNER, file="a.tar.gz"), "several names of one file"),
    "no address": (change(RUNNER, urls=[]), "at least 1 item"),
    "no address of CodSpeed's Valgrind": (
        lambda document: document["builds"][VALGRIND].pop("urls"),
        "3.26.0-0codspeed5: no urls",
    ),
    "folder in the name": (change(STOCK, file="a/b.deb"), "match pattern"),
    "unknown kind": (change(RUNNER, urls=[URL.replace(".tar.gz", ".zip")]), "match pattern"),
    "installer that is not a script": (
        change(RUNNER, installer_urls=[SCRIPT, URL]),
        "match pattern",
    ),
    "simulator of a program": (change(RUNNER, simulator="stock"), "simulator of codspeed-runner"),
    "program of a simulator": (change(VALGRIND, binary="bin/valgrind"), "binary of valgrind"),
    "no releases": (change(RUNNER, releases=[]), "at least 1 item"),
    "build twice": (
        lambda document: document["builds"].append(document["builds"][STOCK]),
        "the archive of valgrind 3.19.0-1 (stock) for linux_aarch64 twice",
    ),
    "release twice": (
        lambda document: document["builds"][RUNNER]["releases"].append(
            document["builds"][RUNNER]["releases"][0]
        ),
        "the archive of codspeed-runner 4.9.0 for linux_aarch64 twice",
    ),
    "hash of two archives": (change_release(VALGRIND, 0, sha256=hashes(DEB, DEB)), f"{DEB} twice"),
    "address of two archives": (
        change(RUNNER, urls=[URL.replace("{platform}", "linux")]),
        "codspeed-runner-linux-unknown-linux-musl.tar.gz twice",
    ),
    "installer of two versions": (
        change_release(RUNNER, 1, installer_sha256=INSTALLER),
        f"{INSTALLER} twice",
    ),
    "address of two installers": (
        change(RUNNER, installer_urls=[SCRIPT.replace("{version}", "4")]),
        "codspeed-runner-installer.sh twice",
    ),
    "one word": (
        change(RUNNER, platforms={"linux_x86_64": "x86_64"}),
        "builds.0.platforms: Value error, none for linux_aarch64",
    ),
    "hash of one platform": (
        change_release(STOCK, 0, sha256={"linux_aarch64": DEB}),
        "builds.2.releases.0.sha256: Value error, none for linux_x86_64",
    ),
    "no default": (lambda document: document["defaults"].pop("valgrind"), "no default of valgrind"),
    "default without a release": (
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
    apply, reported = FAULTS[fault]
    changed = copy.deepcopy(SMALL)
    apply(changed)
    with pytest.raises(ArchivesError, match=r"not a table of archives\. Got: ") as raised:
        parse_table(table_json(changed))
    assert reported in str(raised.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "\x00", '{"archives": 1}'])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ArchivesError, match=r"^x\.json is not a table .* Fix: correct x\.json\.$"):
        parse_table(text, "x.json")


def test_a_missing_table_is_told_with_what_to_do_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(ArchivesError, match=r"No such file .* codspeed\.archive\("):
        read_table(tmp_path / "archives.json")


def test_releases_are_added_and_replaced() -> None:
    small = parse_table(table_json(SMALL))
    pinned = runner_release("4.9.0", sha256=hashes(sha256(b"one")))
    newer = runner_release("4.12.0")
    releases = parse_table(table_json(document(runner_build(pinned, newer)))).builds[0].releases
    changed = with_releases(small, [(small.builds[RUNNER], release) for release in releases])
    added = {row for row in changed.archives if row not in small.archives}
    assert {(row.version, row.platform) for row in added} == {
        (version, cpu) for version in ("4.9.0", "4.12.0") for cpu in CPUS
    }
    assert {row.sha256 for row in added} == {sha256(b"one"), sha256(b"other"), ""}
    assert len(changed.archives) == len(small.archives) + 2


def test_a_release_that_contradicts_another_is_not_added() -> None:
    small = parse_table(table_json(SMALL))
    same = new_release(runner_release("4.12.0", installer_sha256=INSTALLER))
    with pytest.raises(ArchivesError, match=f"{INSTALLER} twice"):
        with_releases(small, [(small.builds[RUNNER], same)])


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
