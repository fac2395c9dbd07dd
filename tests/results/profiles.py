"""Writes callgrind profiles for tests and benchmarks, in every spelling the format allows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

CACHE_EVENTS = ("Ir", "Dr", "Dw", "I1mr", "D1mr", "D1mw", "ILmr", "DLmr", "DLmw")


@dataclass(frozen=True)
class Cost:
    """Self cost of a source line; or of what it called, where `callee` is named."""

    line: int
    costs: tuple[int, ...]
    callee: str = ""
    inlined_from: str = ""


@dataclass(frozen=True)
class Function:
    """A function and its costs in the order of the file."""

    object: str
    file: str
    name: str
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class ProfilePart:
    """One part: text of its trigger record, events and functions."""

    trigger: str
    events: tuple[str, ...]
    functions: tuple[Function, ...]

    def totals(self) -> tuple[int, ...]:
        """Returns the self cost of the part by event."""
        own = [cost.costs for one in self.functions for cost in one.costs if not cost.callee]
        return tuple(sum(column) for column in zip(*own, [0] * len(self.events), strict=True))


@dataclass(frozen=True)
class Style:
    """How a profile is spelled; by default as callgrind writes it for CodSpeed."""

    compress_names: bool = False
    relative_positions: bool = True
    positions: tuple[str, ...] = ("line",)
    hex_costs: bool = False
    trailing_zeros: bool = False
    line_end: str = "\n"
    comments: bool = False


@dataclass
class _Writer:
    style: Style
    lines: list[str] = field(default_factory=list)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    last: int = 0

    def name(self, spec: str, kind: str, name: str) -> None:
        if self.style.compress_names:
            known = (kind, name) in self.ids
            number = self.ids.setdefault((kind, name), len(self.ids) + 1)
            name = f"({number})" if known else f"({number}) {name}"
        self.lines.append(f"{spec}={name}")

    def position(self, line: int) -> str:
        step = line - self.last
        texts = []
        for position in self.style.positions:
            if self.style.relative_positions and self.last and abs(step) < 100:
                texts.append(f"{step:+d}" if step else "*")
            else:
                texts.append(str(line) if position == "line" else hex(line))
        return " ".join(texts)

    def costs(self, costs: Sequence[int]) -> str:
        shown = list(costs)
        while len(shown) > 1 and not shown[-1] and not self.style.trailing_zeros:
            shown.pop()
        return " ".join(hex(cost) if self.style.hex_costs else str(cost) for cost in shown)

    def cost(self, cost: Cost) -> None:
        if cost.inlined_from:
            self.name("fi", "file", cost.inlined_from)
            self.lines.append("cfni=inlined")
        if cost.callee:
            self.name("cfn", "function", cost.callee)
            self.lines.append(f"calls=3 {self.position(cost.line + 1)} ")
        self.lines.append(f"{self.position(cost.line)} {self.costs(cost.costs)}")
        if not cost.callee:
            self.last = cost.line

    def part(self, number: int, part: ProfilePart) -> None:
        self.lines += [f"part: {number}", "", f"desc: Trigger: {part.trigger}", ""]
        self.lines.append(f"positions: {' '.join(self.style.positions)}")
        self.lines.append("event: sysTime : sysTime (elapsed ns)")
        self.lines += [f"events: {' '.join(part.events)}", "summary: 0", "", ""]
        self.last = 0
        for function in part.functions:
            self.name("ob", "object", function.object)
            self.name("fl", "file", function.file)
            self.name("fn", "function", function.name)
            if self.style.comments:
                self.lines += ["# comment", "jump=2 5 ", f"{self.position(1)} "]
            for cost in function.costs:
                self.cost(cost)
            self.lines.append("")
        self.lines += [f"totals: {self.costs(part.totals())}", ""]


def write_profile(parts: Sequence[ProfilePart], style: Style | None = None) -> bytes:
    """Returns a callgrind profile of the parts."""
    writer = _Writer(style or Style())
    writer.lines += ["# callgrind format", "version: 1", "creator: callgrind-3.19.0", "pid: 1"]
    writer.lines.append("cmd:  program")
    for number, part in enumerate(parts, start=1):
        writer.part(number, part)
    return "".join(line + writer.style.line_end for line in writer.lines).encode()


def random_parts(parts: int, functions: int, seed: int = 0, lines: int = 8) -> list[ProfilePart]:
    """Returns parts like those of a C++ program; equal arguments give equal parts."""
    choose = random.Random(seed)
    names = [f"ns::Class{i % 97}<int, std::allocator<int>>::method_{i}" for i in range(functions)]

    def cost(callee: str) -> Cost:
        instructions = int(choose.paretovariate(0.7))
        misses = [int(choose.random() < 0.2) for _ in CACHE_EVENTS[3:]]
        reads = (instructions // 3, instructions // 5)
        return Cost(choose.randrange(1, 4000), (instructions, *reads, *misses), callee)

    def function(name: str) -> Function:
        callees = [choose.choice(names) if choose.random() < 0.3 else "" for _ in range(lines)]
        file = f"external/library/src/file_{choose.randrange(40)}.cc"
        return Function(f"lib{choose.randrange(4)}.so", file, name, tuple(map(cost, callees)))

    return [
        ProfilePart(
            f"Client Request: pkg/bench.cc::benchmark_{i}",
            CACHE_EVENTS,
            tuple(function(name) for name in names),
        )
        for i in range(parts)
    ]
