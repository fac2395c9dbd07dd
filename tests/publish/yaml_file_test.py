"""YAML that a person wrote: the values of YAML 1.2, limits, and one error for all that is wrong."""

from __future__ import annotations

import contextlib
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.publish.yaml_file import LARGEST, YamlError, parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing\n", None),
        ("~", None),
        ("a:", {"a": None}),
        ("a: null", {"a": None}),
        ("[true, False, TRUE]", [True, False, True]),
        (
            "[on, yes, n, 2026-01-01, 12:30:00, 1_000, =, <<]",
            ["on", "yes", "n", "2026-01-01", "12:30:00", "1_000", "=", "<<"],
        ),
        ("[0, -1, +2, 010, 0x1F, 0o17]", [0, -1, 2, 10, 31, 15]),
        ("[1.5, -.5, 1e3, .inf, -.INF]", [1.5, -0.5, 1000.0, math.inf, -math.inf]),
        ("['1', \"true\", !!str 5, 500ms]", ["1", "true", "5", "500ms"]),
        ("!!int '7'", 7),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("é: ü", {"é": "ü"}),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert parse_yaml(text.encode()) == value


def test_not_a_number() -> None:
    assert math.isnan(parse_yaml(b".nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"a: [", "line 1: "),
        (b"a: 1\nb: {\n", "line 3: "),
        (b"a: 1\n\tb: 2", "line 2: "),
        (b"a: 1\nb: 2\na: 3\n", "line 3: the key 'a' twice"),
        (b"a:\n - {x: 1, x: 1}", "line 2: the key 'x' twice"),
        (b"1: a", "line 1: a key that is not text"),
        (b"? [a]\n: b", "line 1: a key that is not text"),
        (b"a\n--- \nb", "line 2: "),
        (b"*x", "line 1: "),
        (b"!!int x", "line 1: not a value of type int"),
        (b"!!int ''", "line 1: not a value of type int"),
        (b"!!bool maybe", "line 1: not a value of type bool"),
        (b"a: !!python/object/apply:os.system [ls]", "line 1: the unknown tag"),
        (b"a: !!binary aGk=", "line 1: the unknown tag"),
        (b"a: !!timestamp x", "line 1: the unknown tag"),
        (b"!!str [a]", "line 1: the unknown tag"),
        (b"!!set {a}", "line 1: the unknown tag"),
        (b"a: !mine b", "line 1: the unknown tag '!mine'"),
        (b"9" * 5000, "line 1: not a value of type int"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "not text"),
        (b"\xff\xfe\x00\xd8", "not text"),
        (b"a: \xe9", "not text"),
        (b"[" * 5000, "nested too deeply"),
        (b"a: &a [*a]", "nested too deeply"),
        (b"- " * 5000, "nested too deeply"),
    ],
)
def test_faults_are_reported_with_their_place(text: bytes, fault: str) -> None:
    with pytest.raises(YamlError, match=fault):
        parse_yaml(text)


def test_a_billion_laughs() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for level in range(1, 10):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]")
    start = time.monotonic()
    with pytest.raises(YamlError, match="more than 100000 values"):
        parse_yaml("\n".join(lines).encode())
    assert time.monotonic() - start < 5


def test_size_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1 #" + b" " * (LARGEST - 6))
    assert read_yaml(path) == {"a": 1}
    path.write_bytes(b"a: 1 #" + b" " * (LARGEST - 5))
    with pytest.raises(DocumentError, match="it has 262,145 bytes, more than the 262,144"):
        read_yaml(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none")


@settings(max_examples=200)
@given(st.binary(max_size=80) | st.text("ab:-[]{}&*!|>'\"#,?%@ \n\t01.~", max_size=60))
def test_anything_is_a_value_or_a_yaml_error(content: bytes | str) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    with contextlib.suppress(YamlError):
        value = parse_yaml(raw)
        assert value is None or isinstance(value, bool | int | float | str | list | dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="ascii"), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", max_size=3), inner),
    max_leaves=12,
)


@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    assert parse_yaml(json.dumps(value).encode()) == value
