"""Names of repositories, manifests and stage paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.stage.manifest import StagePaths, parse_manifest
from rules_codspeed.measure.stage.repositories import lookup, normalised_names, short_name


@pytest.mark.parametrize(
    ("canonical", "short"),
    [
        ("plain_name", "plain_name"),
        ("abseil-cpp~20240116.1", "abseil-cpp"),
        ("abseil-cpp~", "abseil-cpp"),
        ("abseil-cpp+", "abseil-cpp"),
        ("rules_python~0.31.0~pip~pypi_311_numpy", "pypi_311_numpy"),
        ("rules_python~~pip~pypi_311_numpy", "pypi_311_numpy"),
        ("rules_python++pip+pypi_311_numpy", "pypi_311_numpy"),
        ("_main~ext~data", "data"),
        ("+ext+data", "data"),
        ("+_repo_rules+data", "data"),
        ("odd~1.0+build~ext~data", "data"),
        ("a~1.0+b", "a"),
        ("+", "+"),
    ],
)
def test_short_name(canonical: str, short: str) -> None:
    assert short_name(canonical) == short


def test_names_that_collide_are_kept() -> None:
    names = normalised_names(["a~1", "b~~e~a", "c+", "x~e~_main"])
    assert names == {"a~1": "a~1", "b~~e~a": "b~~e~a", "c+": "c", "x~e~_main": "x~e~_main"}


_REPOSITORIES = st.text("ab~+_.-1", min_size=1, max_size=8)


@given(st.sets(_REPOSITORIES))
def test_names_stay_distinct(canonical: set[str]) -> None:
    names = normalised_names(canonical - {"_main"})
    assert len(set(names.values())) == len(names)
    assert "_main" not in names.values()


@given(st.sets(_REPOSITORIES), _REPOSITORIES)
def test_lookup_twice_is_lookup_once(canonical: set[str], name: str) -> None:
    names = normalised_names(canonical - {"_main"})
    once = lookup(names, name)
    assert lookup(names, once) == once
    if name not in names:
        assert once == name or once not in names.values()


def test_manifest() -> None:
    text = "_main/b c\tout/b c\n_main/a\t/abs/a\n_main/__init__.py\t\n"
    assert parse_manifest(text, "files", "root") == {
        "_main/__init__.py": "",
        "_main/a": "/abs/a",
        "_main/b c": "root/out/b c",
    }


@pytest.mark.parametrize("line", ["no tab", "/abs\tx", "a/../b\tx", "a//b\tx", "\tx", "./a\tx"])
def test_manifest_that_leaves_the_stage(line: str) -> None:
    with pytest.raises(CodSpeedError, match="line 2"):
        parse_manifest(f"_main/ok\tx\n{line}\n", "files")


@given(st.text(max_size=60))
def test_any_manifest_is_read_or_refused(text: str) -> None:
    try:
        found = parse_manifest(text, "files")
    except CodSpeedError:
        return
    for path in found:
        assert not path.startswith("/")
        assert ".." not in path.split("/")


def test_paths_in_arguments() -> None:
    paths = StagePaths({"ws/pkg/a b": "", "far~1.0/b": "", "_repo_mapping": "x"}, "ws")
    assert paths.repositories == {"far~1.0": "far"}
    marked = "--a=\x01rootpath:ws/pkg/a b\x01,\x01rootpath:far~1.0/b\x01"
    assert paths.expand(marked) == "--a=pkg/a b,../far/b"
    marked = "\x01rlocationpath:ws/pkg/a b\x01 \x01rlocationpath:far~1.0/b\x01 $HOME"
    assert paths.expand(marked) == "_main/pkg/a b far/b $HOME"


def test_repo_mapping() -> None:
    paths = StagePaths({"ws/a": "", "far~1.0/b": ""}, "ws")
    text = ",consumer,ws\n,near,far~1.0\nfar~1.0,other,other~\n"
    assert paths.repo_mapping(text) == (
        ",consumer,_main\n,near,far\nfar~1.0,other,other~\nfar,other,other~\n"
    )


def test_repo_mapping_with_lines_for_whole_extensions() -> None:
    files = dict.fromkeys(["ws/a", "far++pip+one/b", "far++pip+two/c", "far+/d", "near/e"], "")
    paths = StagePaths(files, "ws")
    text = ",consumer,ws\nfar++pip+*,far,far+\nfar++pip+*,other,far++pip+one\n"
    # As in Bazel, except for a name that the repository sees as another one.
    text += "far++pip+two,far,near\n"
    assert paths.repo_mapping(text).splitlines() == [
        ",consumer,_main",
        "far++pip+two,far,near",
        "two,far,near",
        "far++pip+*,far,far",
        "one,far,far",
        "far++pip+*,other,one",
        "one,other,one",
        "two,other,one",
    ]


def test_stage_paths() -> None:
    files = {"ws/pkg/a": "", "far~1.0/b": "", "near/c": ""}
    paths = StagePaths(files, "ws")
    assert [paths(path) for path in files] == ["_main/pkg/a", "far/b", "near/c"]
    assert paths("ws") == "_main"
    assert paths.links() == {"far~1.0": "far", "ws": "_main"}
