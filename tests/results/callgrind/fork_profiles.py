"""Generates profiles by the grammar of CodSpeed's Valgrind, with what they mean.

Spec: valgrind-fork 1 to 3. Written after the grammar, without the readers under test.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st

FILES = ("/w/a.c", "/w/h.h", "/w/~ü.h")
FUNCTIONS = ("main", "work'2", "leaf", "(below main)", "ns::f<int, (g)1>")
INLINED = ("", "square", "mul", "operator()", "work")
EVENTS = ("Ir", "Dr", "Ct", "Cl")

Frame = tuple[str, str]
"""A function, and the inlined function in it, or an empty text."""


@dataclass
class Meaning:
    """What a part means.

    Attributes:
      own: self cost by event, of each function and each inlined one.
      called: inclusive cost of calls, by what calls and what is called.
      times: number of calls, likewise.
      totals: by event.
    """

    own: dict[Frame, Counter[str]] = field(default_factory=dict)
    called: dict[tuple[Frame, str], Counter[str]] = field(default_factory=dict)
    times: Counter[tuple[Frame, str]] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)


COSTS = st.lists(st.integers(0, 2**40), max_size=len(EVENTS))


@dataclass(frozen=True)
class Item:
    """A place and its costs, or calls there."""

    file: str
    inlined: str
    line: int
    costs: list[int] | None
    calls: list[tuple[str, int, list[int]]]
    repeats: bool  # writes names that have not changed, as early writers do
    numbered: bool  # writes an id in front of the inlined name


ITEMS = st.builds(
    lambda file, inlined, line, cost, calls, repeats, numbered: Item(
        file, inlined, line, cost, calls if cost is None else [], repeats, numbered
    ),
    st.sampled_from(FILES),
    st.sampled_from(INLINED),
    st.integers(1, 300),
    st.none() | COSTS,
    st.lists(
        st.tuples(st.sampled_from(FUNCTIONS), st.integers(1, 9), COSTS), min_size=1, max_size=2
    ),
    st.booleans(),
    st.booleans(),
)
RECORDS = st.lists(
    st.tuples(st.sampled_from(FUNCTIONS), st.lists(ITEMS, max_size=4)), max_size=6
)  # of one function there may be several, in any order


class Writer:
    """Writes one section, and adds up what it means."""

    def __init__(self, meaning: Meaning) -> None:
        self.lines = ["ob=/b", f"fl={FILES[0]}"]
        self._meaning = meaning

    def record(self, function: str, items: list[Item]) -> None:
        """Writes a record; `cfni=` only where it changes, and nothing of the one before."""
        self.lines.append(f"fn={function}")
        self._meaning.own.setdefault((function, ""), Counter())
        file = cost_file = FILES[0]
        inlined, last = "", 0
        for item in items:
            if item.file != file or item.repeats:
                self.lines.append(f"{'fe' if item.file == FILES[0] else 'fi'}={item.file}")
                file = item.file
            if item.inlined != inlined or (item.repeats and inlined):
                number = "(7) " if item.numbered and item.inlined else ""
                self.lines.append(f"cfni={number}{item.inlined or '???'}")
                inlined = item.inlined
            step = item.line - last
            at = str(item.line) if not last else f"{step:+d}" if step else "*"
            frame = function, inlined
            if item.costs is not None:
                self.lines.append(" ".join([at, *map(str, item.costs)]))
                last, cost_file = item.line, file
                self._add(self._meaning.own.setdefault(frame, Counter()), item.costs)
                self._add(self._meaning.totals, item.costs)
                continue
            for callee, times, costs in item.calls:
                if cost_file != FILES[0]:
                    self.lines.append(f"cfi={FILES[0]}")
                self.lines += [f"cfn={callee}", f"calls={times} {at}"]
                self.lines.append(" ".join([at, *map(str, costs)]))
                self._add(self._meaning.called.setdefault((frame, callee), Counter()), costs)
                self._meaning.times[frame, callee] += times
        if file != FILES[0]:
            self.lines.append(f"fe={FILES[0]}")
        self.lines.append("")

    def _add(self, counter: Counter[str], costs: list[int]) -> None:
        counter.update(dict(zip(EVENTS, costs, strict=False)))


def head(pid: int) -> str:
    """Returns what stands once in a file."""
    return f"# callgrind format\nversion: 1\ncreator: callgrind-3.26.0\npid: {pid}\ncmd:  ./x\\n\n"


def section(
    number: int,
    trigger: str,
    records: list[tuple[str, list[Item]]],
    meaning: Meaning,
    thread: int | None = None,
    spawned: tuple[int, ...] = (),
) -> str:
    """Writes a section of a part and adds what it means."""
    lines = [f"part: {number}", *(f"desc: Spawned pid: {pid}" for pid in spawned)]
    lines.append("desc: Benchmark pid: 7")
    if thread is not None:
        lines += [f"thread: {thread}", "desc: Thread name: Trigger: x"]
    lines += ["", f"desc: Trigger: {trigger}", "", "positions: line", f"events: {' '.join(EVENTS)}"]
    lines += ["summary: 0", "", ""]
    here = Meaning(meaning.own, meaning.called, meaning.times)
    writer = Writer(here)
    for function, items in records:
        writer.record(function, items)
    lines += writer.lines if records else []
    meaning.totals.update(here.totals)
    lines.append("totals: " + " ".join(str(here.totals[event]) for event in EVENTS))
    return "\n".join([*lines, "", ""])
