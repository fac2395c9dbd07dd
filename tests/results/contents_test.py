"""What the machine adds to a program: named, compared part by part, unknown for old records."""

from __future__ import annotations

import dataclasses

import pytest

from rules_codspeed.contract.provenance import Host, ObjectFile, Provenance, Root
from rules_codspeed.results.changes import Recorded
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.conditions import conditions, incomparable
from rules_codspeed.results.contents import unknown
from rules_codspeed.results.limits import Rules, default_rules
from rules_codspeed.results.mixed import mixed, mixed_labels
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, merge
from rules_codspeed.results.modes.registry import mode_of
from rules_codspeed.results.notes import notes
from tests.results.hosts import DEBIAN, GLIBC_243, STATIC, host, python
from tests.results.provenance import PROVENANCE, provenance
from tests.results.walltime_provenance import WALLTIME_PROVENANCE

KEY = ("//pkg:bench", "simulation", "a::x")
NUMBERS: dict[str, int | float] = {"Ir": 530_156, "estimated_cycles": 600_000}


def on(one: Host | None, label: str = "//pkg:bench", interpreter: str = "") -> Provenance:
    return provenance(label=label, host=one, interpreter=interpreter)


def why(before: Provenance, after: Provenance) -> str:
    return incomparable(conditions(before), conditions(after))


def test_another_libc() -> None:
    assert why(on(GLIBC_243), on(DEBIAN)) == "measured on glibc 2.36, base on 2.43"
    assert why(on(DEBIAN), on(DEBIAN)) == ""


def test_another_build_of_one_version() -> None:
    rebuilt = host(libc=ObjectFile("libc.so.6", "2.36", "77" * 20))
    assert why(on(rebuilt), on(DEBIAN)) == (
        "measured on glibc 2.36 (build 111111111111, loader 222222222222), "
        "base on glibc 2.36 (build 777777777777, loader 222222222222)"
    )


def test_another_loader_alone() -> None:
    other = host(loader=ObjectFile("ld-linux-x86-64.so.2", "2.36", "88" * 20))
    assert "loader 888888888888" in why(on(DEBIAN), on(other))


def test_musl() -> None:
    musl = ObjectFile("ld-musl-x86_64.so.1", "1.2.3", "99" * 20)
    assert why(on(DEBIAN), on(host(libc=musl, loader=musl))) == (
        "measured on musl 1.2.3, base on glibc 2.36"
    )


def test_another_interpreter() -> None:
    old, new = "3.11.2 (main, Apr 28 2025) [GCC]", "3.13.1 (main, Dec 4 2024) [GCC]"
    text = "measured with interpreter 3.13.1, base with 3.11.2"
    assert why(on(DEBIAN, interpreter=old), on(DEBIAN, interpreter=new)) == text
    # One of the machine, and one that is declared.
    machine = dataclasses.replace(DEBIAN, interpreter=python("3.11.2 (main)", "55" * 20))
    assert why(on(machine, interpreter=old), on(DEBIAN, interpreter=new)) == text
    assert why(on(machine, interpreter=old), on(DEBIAN, interpreter=old)) == ""
    # Versions of one build date are the same program; the machine's of another build are not.
    rebuilt = dataclasses.replace(DEBIAN, interpreter=python("3.11.2 (main)", "66" * 20))
    assert why(on(machine, interpreter=old), on(rebuilt, interpreter=old)) == (
        "measured with interpreter 3.11.2 (build 666666666666), "
        "base with 3.11.2 (build 555555555555)"
    )


def test_libraries_count_where_both_use_them() -> None:
    one = host(libraries=[ObjectFile("libm.so.6", "", "33" * 20)])
    more = host(
        libraries=[ObjectFile("libm.so.6", "", "33" * 20), ObjectFile("libz.so.1", "", "44" * 20)]
    )
    other = host(
        libraries=[ObjectFile("libm.so.6", "", "34" * 20), ObjectFile("libz.so.1", "", "45" * 20)]
    )
    assert why(on(one), on(more)) == ""
    assert why(on(one), on(other)) == "measured with another build of libm.so.6 than the base"
    assert why(on(more), on(other)) == (
        "measured with another build of libm.so.6 and 1 more than the base"
    )


def test_what_does_not_change_numbers() -> None:
    elsewhere = host(kernel="6.1.0-44-amd64", worker="Worker 8")
    assert why(on(DEBIAN), on(elsewhere)) == ""


def test_the_processor_counts_where_dispatch_is_not_pinned() -> None:
    free = {"LC_ALL": "C"}
    here = provenance(host=DEBIAN, pins=free)
    there = provenance(host=host(cpu="Another CPU"), pins=free)
    assert why(here, there) == (
        "measured with functions for the processor Another CPU, base for AMD EPYC 7763"
    )
    old = provenance(pins=free)
    assert why(old, there) == why(there, old) == ""
    pinned = {"LC_ALL": "C", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2"}
    here, there = (dataclasses.replace(one, pins=pinned) for one in (here, there))
    assert why(here, there) == ""


def test_a_pinned_root() -> None:
    """It stands for the libc: what it is compared with is another root, or the machine's."""
    first, other = (
        provenance(host=host(libc=None, loader=None), root=Root("debian12", digit * 64))
        for digit in ("a", "b")
    )
    assert conditions(first)["libc"] == "root debian12 (archive aaaaaaaaaaaa)"
    assert why(first, first) == ""
    assert why(on(DEBIAN), first) == "measured on root debian12, base on glibc 2.36"
    assert why(first, on(DEBIAN)) == "measured on glibc 2.36, base on root debian12"
    assert why(first, other) == (
        "measured on root debian12 (archive bbbbbbbbbbbb), "
        "base on root debian12 (archive aaaaaaaaaaaa)"
    )
    same = dataclasses.replace(first, label="//other:bench", root=Root("ours", "a" * 64))
    assert why(first, same) == why(same, first) == ""
    assert mixed([first, same]) == []
    assert [one.what for one in mixed([first, same, other])] == ["libc"]


def test_a_static_program_takes_no_libc() -> None:
    assert conditions(on(STATIC))["libc"] == "none"
    assert why(on(STATIC), on(DEBIAN)) == why(on(DEBIAN), on(STATIC)) == ""
    assert unknown(conditions(on(STATIC)), conditions(on(DEBIAN))) == ""


def rules_of(label: str, mode: str) -> Rules:
    return default_rules(mode)


def test_an_old_base_is_compared_and_stated_as_unknown() -> None:
    before = {KEY: Recorded(NUMBERS, (), conditions(PROVENANCE))}
    now = recorded(Results(SCHEMA, [Benchmark("a::x", *KEY[:2], NUMBERS)], [on(DEBIAN)]))
    (change,) = compare(before, now, rules_of)
    assert change.verdict == "unchanged"
    assert change.reason == "measured on glibc 2.36, base on an unknown libc"


def test_another_libc_is_not_comparable() -> None:
    benchmark = Benchmark("a::x", *KEY[:2], NUMBERS)
    before = recorded(Results(SCHEMA, [benchmark], [on(GLIBC_243)]))
    after = recorded(Results(SCHEMA, [benchmark], [on(DEBIAN)]))
    (change,) = compare(before, after, rules_of)
    assert change.verdict == "not_comparable"
    assert change.reason == "measured on glibc 2.36, base on 2.43"


def test_times_are_of_a_libc_too() -> None:
    here, there = (
        dataclasses.replace(WALLTIME_PROVENANCE, host=one) for one in (DEBIAN, GLIBC_243)
    )
    assert why(here, there) == "measured on glibc 2.43, base on 2.36"


def part(label: str, one: Host | None, **changes: object) -> Results:
    how = dataclasses.replace(on(one, label), **changes)  # type: ignore[arg-type]
    return Results(SCHEMA, [Benchmark("a::x", label, how.mode, {"Ir": 1})], [how])


def test_a_mixed_suite() -> None:
    suite = merge([part("//a:x", DEBIAN), part("//b:y", GLIBC_243), part("//c:z", DEBIAN)])
    (found,) = suite.mixed
    assert (found.mode, found.what) == ("simulation", "libc")
    assert list(found.targets.values()) == [["//a:x", "//c:z"], ["//b:y"]]
    assert mixed_labels(suite.mixed) == ["//a:x", "//b:y", "//c:z"]
    (text,) = ["".join(one) for one in notes(suite, "simulation") if "differ in" in "".join(one)]
    assert text == (
        "Measured on machines that differ in libc: "
        "glibc 2.36 (build 111111111111, loader 222222222222) for //a:x and 1 more; "
        "glibc 2.43 (build aaaaaaaaaaaa, loader bbbbbbbbbbbb) for //b:y; "
        "their numbers are not comparable with each other"
    )
    assert '"what": "libc"' in suite.to_json()


@pytest.mark.parametrize(
    "parts",
    [
        [part("//a:x", DEBIAN), part("//b:y", None), part("//c:z", STATIC)],
        [part("//a:x", DEBIAN), part("//b:y", host(kernel="9", cpu="other", worker="w"))],
        # Two interpreters that targets declare are their choice.
        [
            part("//a:x", DEBIAN, interpreter="3.11.2 (main)"),
            part("//b:y", DEBIAN, interpreter="3.13.1 (main)"),
        ],
        # Each mode is shown, compared and uploaded on its own.
        [part("//a:x", DEBIAN), part("//a:x", GLIBC_243, mode="walltime")],
    ],
)
def test_a_suite_that_is_not_mixed(parts: list[Results]) -> None:
    assert merge(parts).mixed == []


def test_interpreters_and_libraries_of_machines() -> None:
    old = host(
        interpreter=python("3.11.2 (main)", "55" * 20),
        libraries=[ObjectFile("libstdc++.so.6", "", "33" * 20)],
    )
    new = host(
        interpreter=python("3.13.1 (main)", "66" * 20),
        libraries=[ObjectFile("libstdc++.so.6", "", "34" * 20)],
    )
    found = mixed([on(old, "//a:x", "3.11.2 (main)"), on(new, "//b:y", "3.13.1 (main)")])
    assert [one.what for one in found] == ["interpreter", "libstdc++.so.6"]
    assert list(found[0].targets) == [
        "3.11.2 (build 555555555555)",
        "3.13.1 (build 666666666666)",
    ]
    assert mode_of("simulation").name == found[0].mode
