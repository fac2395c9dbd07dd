"""The generated bazelrc says what Bazel needs, whatever characters the folder's path has."""

from __future__ import annotations

import shlex
from pathlib import Path

from bazelrc import bazelrc, quoted, write_stubs
from hypothesis import given
from hypothesis import strategies as st

MODULES = {"rules_java": Path("/p/java"), "rules_cc": Path("/p/cc")}
STUBS = {"zlib": Path("/p/zlib")}


def test_modules_and_repositories() -> None:
    lines = bazelrc(MODULES, STUBS, Path("/p/dist"), stock=False).splitlines()
    for name, path in [("rules_java", "java"), ("rules_cc", "cc"), ("zlib", "zlib")]:
        assert f"common --override_module={name}=/p/{path}" in lines
    repositories = {line.split("=", 1)[1] for line in lines if "--override_repository" in line}
    # bazel_tools calls rules_java by a name of its own, and has no use of stubs there.
    assert repositories == {"rules_java=/p/java", "rules_java_builtin=/p/java", "rules_cc=/p/cc"}
    assert "common --distdir=/p/dist" in lines
    assert "common --noenable_workspace" in lines
    assert "common:workspace_mode --enable_workspace --noenable_bzlmod" in lines


def test_the_simulator_is_chosen_only_where_github_is_out_of_reach() -> None:
    choice = "\nbuild --@rules_codspeed//rules/settings:simulator=stock\n"
    assert choice in bazelrc(MODULES, STUBS, Path("/p"), stock=True)
    assert "settings:simulator" not in bazelrc(MODULES, STUBS, Path("/p"), stock=False)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_a_path_is_one_word(name: str) -> None:
    # A bazelrc is read like a shell's line without variables and patterns.
    path = Path("/cache", name)
    assert shlex.split(quoted(path), comments=True) == [str(path)]


def test_stubs_are_modules(tmp_path: Path) -> None:
    for _ in range(2):
        write_stubs(tmp_path, ["zlib", "protobuf"])
    assert (tmp_path / "protobuf/MODULE.bazel").read_text() == 'module(name = "protobuf")\n'
    assert (tmp_path / "protobuf/BUILD.bazel").read_text() == ""
    assert '"-lz"' in (tmp_path / "zlib/BUILD.bazel").read_text()
