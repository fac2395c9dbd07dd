"""What is stated beside numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from rules_codspeed.contract.provenance import Memory, Profiler, Provenance, Simulator
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from rules_codspeed.results.modes.sentences import Name
from rules_codspeed.results.modes.simulation import is_stock
from rules_codspeed.results.notes import modes, notes
from tests.results.provenance import PROVENANCE, provenance
from tests.results.walltime_provenance import (
    RECORDED,
    WALLTIME_PROVENANCE,
    machine,
    walltime_provenance,
)

DIFFER = "numbers may differ from run to run"
CPU = "AMD EPYC 7763 64-Core Processor"
NO_KERNEL = (
    "the profile lacks what the kernel did, which perf may sample as root outside of the sandbox "
    "(--strategy=CodSpeedWalltime=local), or with kernel.perf_event_paranoid=1"
)


def stated(mode: str, provenance: Sequence[Provenance], benchmarks: int = 1) -> list[str]:
    measured = [Benchmark(str(number), "//a:b", mode, {}) for number in range(benchmarks)]
    other = Benchmark("x", "//a:b", "another mode", {})
    results = Results(SCHEMA, [*measured, other], list(provenance))
    return ["".join(one) for one in notes(results, mode)]


def test_modes_are_kept_apart() -> None:
    both = [PROVENANCE, WALLTIME_PROVENANCE]
    assert stated("walltime", both) == [
        f"1 benchmark, timed on {CPU}",
        "Profiled by perf 6.1.187 on cycles",
    ]
    assert stated("simulation", both, 1234) == [
        "1,234 benchmarks, simulated by valgrind 3.19.0 (stock)",
        "Numbers of the stock Valgrind are not comparable with CodSpeed's",
    ]
    assert stated("heap", both, 0) == ["0 benchmarks"]
    assert modes(Results(SCHEMA, [Benchmark("", "", "heap", {})], both)) == [
        "heap",
        "simulation",
        "walltime",
    ]


def test_memory_that_no_allocator_sees() -> None:
    def measured(allocator: str, interpreter: str = "3.11.2") -> Provenance:
        how = Memory("5.0.2", [], allocator)
        return provenance(mode="memory", simulator=None, memory=how, interpreter=interpreter)

    counted = "1 benchmark, counted at malloc and its like"
    assert stated("memory", [measured("", interpreter="")]) == [counted]
    assert stated("memory", [measured("malloc")]) == [counted]
    assert stated("memory", [measured(""), measured("malloc")]) == [
        counted,
        "Python objects of up to 512 bytes come from pools of the interpreter and are not counted "
        "for //pkg:bench: see docs/memory.md",
    ]
    node = provenance(mode="memory", simulator=None, memory=Memory("5.0.2", [], "", ["node"]))
    assert stated("memory", [node]) == [
        counted,
        "JavaScript's objects come from a heap of Node's own and are not counted for "
        "//pkg:bench: see docs/memory.md",
    ]


def test_several_simulators() -> None:
    codspeed = provenance(simulator=Simulator("valgrind", "codspeed", "3.26.0.codspeed6", ""))
    assert stated("simulation", [codspeed]) == [
        "1 benchmark, simulated by valgrind 3.26.0.codspeed6"
    ]
    assert stated("simulation", [codspeed, PROVENANCE, PROVENANCE])[0] == (
        "1 benchmark, simulated by valgrind 3.19.0 (stock), valgrind 3.26.0.codspeed6"
    )
    assert [is_stock(one) for one in (codspeed, PROVENANCE, WALLTIME_PROVENANCE)] == [
        False,
        True,
        False,
    ]


def test_several_machines() -> None:
    other = walltime_provenance(machine=machine(cpu="Neoverse-N1"))
    unknown = walltime_provenance(machine=machine(cpu=""))
    assert stated("walltime", [other, WALLTIME_PROVENANCE, unknown])[0] == (
        f"1 benchmark, timed on {CPU}, Neoverse-N1, linux_x86_64"
    )


@pytest.mark.parametrize(
    ("profiler", "text"),
    [
        (RECORDED, "Profiled by perf 6.1.187 on cycles"),
        (
            dataclasses.replace(RECORDED, event="cpu-clock"),
            "Profiled by perf 6.1.187 on cpu-clock, as there are no hardware counters",
        ),
        (
            dataclasses.replace(RECORDED, event="cycles:u"),
            f"Profiled by perf 6.1.187 on cycles:u; {NO_KERNEL}",
        ),
        (
            dataclasses.replace(RECORDED, event="cpu-clock:u"),
            "Profiled by perf 6.1.187 on cpu-clock:u, as there are no hardware counters; "
            + NO_KERNEL,
        ),
        (Profiler("off", "", "", "", []), "Not profiled, as asked"),
        (
            Profiler("off", "criterion reports nothing.", "", "", []),
            "Not profiled: criterion reports nothing",
        ),
        (
            Profiler("missing", "no perf in PATH.", "", "", []),
            "Not profiled, as perf is missing: no perf in PATH",
        ),
        (
            Profiler("forbidden", "kernel.perf_event_paranoid is 3", "6.1", "", []),
            "Not profiled, as perf is forbidden: kernel.perf_event_paranoid is 3",
        ),
    ],
)
def test_profiler(profiler: Profiler, text: str) -> None:
    assert stated("walltime", [walltime_provenance(profiler=profiler)])[1:] == [text]


def test_targets_with_and_without_a_profile() -> None:
    missing = Profiler("missing", "", "", "", [])
    measured = [
        walltime_provenance("//a:x"),
        walltime_provenance("//a:y", profiler=missing),
        walltime_provenance("//a:z"),
    ]
    assert stated("walltime", measured)[1:] == [
        "Profiled by perf 6.1.187 on cycles (//a:x and 1 more)",
        "Not profiled, as perf is missing (//a:y)",
    ]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, None),
        ({"governor": "", "turbo": "", "virtualisation": ""}, None),
        ({"load": 1.0}, None),
        ({"governor": "powersave"}, "Governor powersave"),
        ({"governor": "performance,schedutil"}, "Governor performance,schedutil"),
        ({"turbo": "on"}, "Turbo on"),
        ({"virtualisation": "kvm"}, "Virtualised by kvm"),
        ({"load": 3.26}, "Load 3.3"),
        (
            {"governor": "ondemand", "turbo": "on", "virtualisation": "docker", "load": 12},
            "Governor ondemand, turbo on, virtualised by docker, load 12.0",
        ),
    ],
)
def test_noise(changes: dict[str, object], text: str | None) -> None:
    noisy = walltime_provenance(machine=machine(**changes))
    found = stated("walltime", [WALLTIME_PROVENANCE, noisy])[2:]
    assert found == ([f"{text}: {DIFFER}"] if text else [])


def test_what_comes_from_outside_is_marked() -> None:
    odd = machine(cpu="<b>", governor="[x]", virtualisation="|", load=2)
    measured = [
        walltime_provenance("//l:1", machine=odd),
        walltime_provenance("//l:2", profiler=Profiler("missing", "*", "", "", [])),
        provenance(label="//l:3", aslr="allowed", simulator=Simulator("<v>", "stock", "`", "")),
    ]
    results = Results(SCHEMA, [], measured)
    sentences = [*notes(results, "walltime"), *notes(results, "simulation")]
    plain = "".join(
        part for sentence in sentences for part in sentence if not isinstance(part, Name)
    )
    assert not set("<>[]|*`/").intersection(plain)
    marked = {part for sentence in sentences for part in sentence if isinstance(part, Name)}
    assert {"<b>", "[x]", "|", "*", "<v> ` (stock)", "//l:1", "//l:2", "//l:3"} <= marked
