"""What a program leaves in its profile folder besides callgrind's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.simulation.profile import ProfileFolder
from rules_codspeed.measure.stage.names import Names
from tests.measure.target import make_spec

_PID = 4711
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def collected(folder: Path, content: bytes) -> bytes:
    """Returns what a results file becomes."""
    source, target = folder / "left", folder / "collected"
    (source / "results").mkdir(parents=True, exist_ok=True)
    target.mkdir(exist_ok=True)
    (target / "results").mkdir(exist_ok=True)
    (target / "results" / "1.json").unlink(missing_ok=True)
    (source / "results" / f"{_PID}.json").write_bytes(content)
    with UntrustedFolder(str(source)) as left:
        ProfileFolder(str(target), Names({}), make_spec()).add_run(left, _PID)
    return (target / "results" / "1.json").read_bytes()


def test_the_process_of_the_creator_becomes_its_ordinal(tmp_path: Path) -> None:
    document = {"creator": {"pid": _PID, "name": "pytest-codspeed"}}
    found = json.loads(collected(tmp_path, json.dumps(document).encode()))
    assert found == {"creator": {"pid": 1, "name": "pytest-codspeed"}}


def test_a_creator_that_is_none(tmp_path: Path) -> None:
    for pid in ([_PID], {"a": 1}, None, "4711", 12):
        document = {"creator": {"pid": pid}}
        assert json.loads(collected(tmp_path, json.dumps(document).encode())) == document


def test_the_program_is_the_first_process_when_ids_begin_anew(tmp_path: Path) -> None:
    source, target = tmp_path / "left", tmp_path / "collected"
    (source / "results").mkdir(parents=True)
    target.mkdir()
    for pid in (300, 4711, 4712):
        (source / f"results/{pid}.json").write_text(
            json.dumps({"creator": {"pid": pid}, "was": pid})
        )
    with UntrustedFolder(str(source)) as left:
        ProfileFolder(str(target), Names({}), make_spec()).add_run(left, _PID)
    found = [json.loads((target / f"results/{n}.json").read_bytes())["was"] for n in (1, 2, 3)]
    assert found == [4711, 4712, 300]


def test_ids_stay_for_codspeed_and_one_that_is_there_twice_is_raised(tmp_path: Path) -> None:
    source, target = tmp_path / "left", tmp_path / "collected"
    (source / "results").mkdir(parents=True)
    target.mkdir()
    content = json.dumps({"z": 1, "creator": {"pid": _PID}}).encode()
    (source / f"results/{_PID}.json").write_bytes(content)
    folder = ProfileFolder(str(target), Names({}), make_spec(compatibility="codspeed"))
    for _ in range(2):
        with UntrustedFolder(str(source)) as left:
            folder.add_run(left, _PID)
    found = {one.name: one.read_bytes() for one in (target / "results").iterdir()}
    assert found == {f"{_PID}.json": content, f"{_PID + (1 << 22)}.json": content}


def test_what_is_no_json_stays(tmp_path: Path) -> None:
    for content in (b"", b"{", b"[" * 100000):
        assert collected(tmp_path, content) == content


@given(st.fixed_dictionaries({"creator": st.dictionaries(st.sampled_from(["pid", "x"]), _JSON)}))
@settings(max_examples=50)
def test_any_document_keeps_its_keys(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]
) -> None:
    folder = tmp_path_factory.mktemp("profile")
    found = json.loads(collected(folder, json.dumps(document).encode()))
    assert found.keys() == document.keys()
