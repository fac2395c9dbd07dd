"""Keys of modules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.harvest.keys import Keys


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/usr/lib/libc.so.6", "0__libc.so.6"),
        ("/tmp/jit-12345.so", "0__jit-12345.so"),
        ("libfoo.so", "0__libfoo.so"),
        ("jit_py::f:/a/m.py", "0__m.py"),
        ("jit_f", "0__jit_f"),
        ("jit_f/", "0__jit_f"),
        ("jit_f/..", "0__"),
        ("/", "0__"),
        ("", "0__"),
    ],
)
def test_key(path: str, key: str) -> None:
    assert Keys().key(path) == key


def test_one_key_for_each_path() -> None:
    keys = Keys()
    first, second = keys.key("/usr/lib/libc.so.6"), keys.key("/opt/lib/libc.so.6")
    assert (first, second) == ("0__libc.so.6", "1__libc.so.6")
    assert keys.key("/usr/lib/libc.so.6") == first
    assert keys.paths() == {first: "/usr/lib/libc.so.6", second: "/opt/lib/libc.so.6"}


def test_paths_are_sorted_as_text() -> None:
    keys = Keys()
    for number in range(12):
        keys.key(f"/lib/{number}")
    assert list(keys.paths())[:4] == ["0__0", "10__10", "11__11", "1__1"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)))
@settings(max_examples=100)
def test_any_path_has_a_key_that_names_a_file(paths: list[str]) -> None:
    keys = Keys()
    made = {path: keys.key(path) for path in paths}
    assert len(set(made.values())) == len(made)
    for key in made.values():
        assert "/" not in key
        assert len(f"{key}.unwind_data".encode()) <= 255
    assert keys.paths() == {key: path for path, key in made.items()}
