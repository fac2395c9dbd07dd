"""What JMH lists and prints, jars, and how launchers start a JVM."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from rules_codspeed.measure.frameworks.java.archives import has_benchmarks, is_archive
from rules_codspeed.measure.frameworks.java.benchmarks import Printed, listed, uri_of
from rules_codspeed.measure.frameworks.java.launch import program_at, without_class_path
from rules_codspeed.measure.frameworks.java.suite import is_suite

LIST = b"""\
NOTE: a warning
Benchmarks:
a.B.one
a.B.two
  param "size" = {1, 20}
  param "kind" = {x y}
"""


def test_a_list_with_parameters() -> None:
    found = listed(LIST)
    names = ["a.B.one", "a.B.two[kind=x y,size=1]", "a.B.two[kind=x y,size=20]"]
    assert [one.name for one in found] == names
    assert found[0].choice == ("^a\\.B\\.one$",)
    assert found[1].choice == ("^a\\.B\\.two$", "-p", "kind=x y", "-p", "size=1")
    assert listed(b"No matching benchmarks. Miss-spelled regexp?\n") == []
    assert [one.has_comma for one in listed(LIST + b'  param "pair" = {1,2}\n')] == [
        False,
        True,
        True,
    ]


def test_uris() -> None:
    assert uri_of("//pkg:bench", "a.B.one") == "pkg:bench::a.B::one"
    assert uri_of("//pkg:bench", "a.B.two[k=a.b::c[d]]") == "pkg:bench::a.B::two[k=a.b\\:\\:c[d]]"


def test_what_threw() -> None:
    found = Printed()
    found.read(
        b"# VM version: JDK 17, HotSpot, 17+6\n# Benchmark: a.B.two\n# Parameters: (kind = x = y, "
    )
    found.read(
        b"size = 1)\n\n# Warmup Iteration   1: <failure>\n\njava.lang.Error: no\n\tat a.B.two\n"
    )
    assert found.started == ["a.B.two[kind=x = y,size=1]"]
    assert found.failed == {"a.B.two[kind=x = y,size=1]": "java.lang.Error: no"}
    assert found.vm == "JDK 17, HotSpot, 17+6"
    found.read(b"# Benchmark: a.B.one\n")
    early = "the program ended before it came to its end"
    assert [found.reason(one) for one in ("a.B.one", "a.B.other")] == [early, early]
    found.read(b"# Run complete. Total time: 00:00:00\n")
    assert found.reason("a.B.one") == ""
    assert found.reason("a.B.two[kind=x = y,size=1]") == "it threw java.lang.Error: no"


@pytest.mark.parametrize(
    ("arguments", "program", "options"),
    [
        (["-Xmx1g", "-cp", "a:b", "-ea", "Main", "-f", "1"], "Main", ["-Xmx1g", "-ea"]),
        (["-jar", "x.jar", "Sort"], "x.jar", []),
        (
            ["--add-opens", "a/b=c", "--class-path=a", "-p", "m", "Main"],
            "Main",
            ["--add-opens", "a/b=c", "-p", "m"],
        ),
        (["@options", "Main"], "Main", ["@options"]),
    ],
)
def test_where_the_program_is(arguments: list[str], program: str, options: list[str]) -> None:
    at = program_at(arguments)
    assert arguments[at] == program
    assert list(without_class_path(arguments[:at])) == options


def test_jars(tmp_path: Path) -> None:
    suite, other, script = tmp_path / "suite.jar", tmp_path / "other.jar", tmp_path / "script"
    for path, name in ((suite, "META-INF/BenchmarkList"), (other, "META-INF/MANIFEST.MF")):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "JMH S 1 a\n")
    script.write_text("#!/bin/sh\n")
    files = [suite, other, script, tmp_path / "missing"]
    assert [has_benchmarks(str(one)) for one in files] == [True, False, False, False]
    assert [is_archive(str(one)) for one in files] == [True, True, False, False]
    assert [is_suite(str(one), str(tmp_path)) for one in files] == [True, False, True, False]
    suite.unlink()
    assert not is_suite(str(script), str(tmp_path))
