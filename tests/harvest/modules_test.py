"""Which mappings count: pids, paths, forks and other programs in a process."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rules_codspeed.capture.elf.file import Segment
from rules_codspeed.capture.perf.events import Comm, Event, Fork, Mmap2
from rules_codspeed.capture.processes import Processes, first_tracked
from rules_codspeed.harvest.modules import Mapped, ModuleRules, Modules, load_modules

OLD = ModuleRules(fork_inheritance=False, exec_purge=False)
INHERITING = ModuleRules(fork_inheritance=True, exec_purge=False)
NEW = ModuleRules(fork_inheritance=True, exec_purge=True)
ALL_RULES = [OLD, INHERITING, NEW]

PIE = [Segment(0, 0, 0x800, 4), Segment(0x1000, 0x1000, 0x1000, 5)]


def mapped(pid: int, path: bytes, base: int, prot: int = 5) -> Mmap2:
    """Returns the mapping of the code of PIE that is loaded at `base`."""
    return Mmap2(pid, pid, base + 0x1000, base + 0x2000, 0x1000, prot, path, None)


def at(base: int) -> Mapped:
    return Mapped(base, base + 0x1000, base + 0x2000, base)


def fork(pid: int, ppid: int) -> Fork:
    return Fork(pid, ppid, pid, ppid, None)


def execve(pid: int) -> Comm:
    return Comm(pid, pid, True, b"other", None)


def load(
    events: Sequence[Event], tracked: Sequence[int] | None = (1,), rules: ModuleRules = NEW
) -> Modules:
    first = None if tracked is None else set(tracked)
    return load_modules(events, first, lambda path: PIE, rules)


def paths(modules: Modules) -> dict[str, list[int]]:
    return {path: list(by_pid) for path, by_pid in modules.by_path.items()}


def test_a_module() -> None:
    modules = load([mapped(1, b"/a", 0x5000)])
    assert modules == Modules({"/a": {1: at(0x5000)}}, [1])


def test_bases_are_not_those_of_the_file() -> None:
    loads = [Segment(0, 0x400000, 0x800, 4), Segment(0x1000, 0x401000, 0x1000, 5)]
    modules = load_modules([mapped(1, b"/a", 0x400000)], {1}, lambda path: loads, NEW)
    assert modules.by_path == {"/a": {1: Mapped(0, 0x401000, 0x402000, 0x400000)}}


@pytest.mark.parametrize(
    "event",
    [
        mapped(2, b"/a", 0x5000),
        mapped(1, b"/a", 0x5000, prot=3),
        mapped(1, b"/a", 0x5000, prot=0),
        mapped(1, b"//anon", 0x5000),
        mapped(1, b"[vdso]", 0x5000),
        mapped(1, b"[heap]", 0x5000),
        mapped(1, b"[]", 0x5000),
        mapped(1, b"/a", 0x5000)._replace(file_offset=0x9000),
    ],
)
def test_what_is_no_module(event: Mmap2) -> None:
    assert load([event]) == Modules({}, [1])


@pytest.mark.parametrize("path", [b"[vdso", b"vdso]", b"//anon ", b"//anonymous", b"[", b"a b\n"])
def test_what_looks_only_alike(path: bytes) -> None:
    assert paths(load([mapped(1, path, 0x5000)])) == {path.decode(): [1]}


def test_file_that_is_no_object() -> None:
    asked = []

    def segments_of(path: bytes) -> Sequence[Segment] | None:
        asked.append(path)
        return PIE if path == b"/a" else None

    events: list[Event] = [
        mapped(pid, path, 0x5000) for pid in (1, 2) for path in (b"/a", b"/gone", b"//anon")
    ]
    modules = load_modules(events, {1, 2}, segments_of, NEW)
    assert paths(modules) == {"/a": [1, 2]}
    assert asked == [b"/a", b"/gone"]


def test_file_without_segments() -> None:
    assert load_modules([mapped(1, b"/a", 0)], {1}, lambda path: [], NEW).by_path == {}


def test_the_last_mapping_wins() -> None:
    unmatched = mapped(1, b"/a", 0x7000)._replace(file_offset=0x9000)
    modules = load([mapped(1, b"/a", 0x5000), mapped(1, b"/a", 0x6000), unmatched])
    assert modules.by_path == {"/a": {1: at(0x6000)}}


def test_text_that_is_not_utf_8_is_replaced() -> None:
    asked = []

    def segments_of(path: bytes) -> Sequence[Segment]:
        asked.append(path)
        return PIE

    modules = load_modules([mapped(1, b"/\xff", 0x5000)], {1}, segments_of, NEW)
    assert (paths(modules), asked) == ({"/�": [1]}, [b"/\xff"])


@pytest.mark.parametrize("rules", ALL_RULES)
def test_children_and_their_children_are_tracked(rules: ModuleRules) -> None:
    events: list[Event] = [fork(2, 1), fork(3, 2), fork(9, 8)]
    events += [mapped(pid, b"/a", 0x5000) for pid in (3, 9)]
    modules = load(events, rules=rules)
    assert modules.tracked == [1, 2, 3]
    assert paths(modules) == {"/a": [3]}


def test_mappings_before_a_process_is_tracked_are_lost() -> None:
    modules = load([mapped(2, b"/a", 0x5000), fork(2, 1), mapped(2, b"/b", 0x5000)])
    assert paths(modules) == {"/b": [2]}


def test_the_given_set_is_left_alone() -> None:
    tracked = {1}
    assert load_modules([fork(2, 1)], tracked, lambda path: PIE, NEW).tracked == [1, 2]
    assert tracked == {1}


def test_all_processes() -> None:
    events: list[Event] = [
        mapped(7, b"/a", 0x5000),
        fork(8, 7),
        mapped(9, b"[vdso]", 0x5000),
        fork(10, 9),
    ]
    assert load(events, None, OLD) == Modules({"/a": {7: at(0x5000)}}, [7])
    assert load(events, None, NEW).tracked == [7, 8]


def test_child_has_the_modules_of_its_parent() -> None:
    events: list[Event] = [mapped(1, b"/a", 0x5000), mapped(1, b"/b", 0x6000), fork(2, 1)]
    assert load(events, rules=INHERITING).by_path == {
        "/a": {1: at(0x5000), 2: at(0x5000)},
        "/b": {1: at(0x6000), 2: at(0x6000)},
    }
    assert paths(load(events, rules=OLD)) == {"/a": [1], "/b": [1]}


def test_parent_and_child_go_different_ways() -> None:
    events: list[Event] = [
        mapped(1, b"/a", 0x5000),
        fork(2, 1),
        fork(3, 1),
        mapped(1, b"/parent", 0x6000),
        mapped(2, b"/child", 0x6000),
        mapped(2, b"/a", 0x7000),
    ]
    assert load(events).by_path == {
        "/a": {1: at(0x5000), 2: at(0x7000), 3: at(0x5000)},
        "/child": {2: at(0x6000)},
        "/parent": {1: at(0x6000)},
    }


def test_what_the_child_has_itself_stays() -> None:
    events: list[Event] = [
        mapped(2, b"/a", 0x7000),
        mapped(1, b"/a", 0x5000),
        mapped(1, b"/b", 0x5000),
    ]
    assert load([*events, fork(2, 1)], (1, 2)).by_path == {
        "/a": {1: at(0x5000), 2: at(0x7000)},
        "/b": {1: at(0x5000), 2: at(0x5000)},
    }


def test_a_thread_inherits_nothing() -> None:
    events: list[Event] = [
        mapped(1, b"/a", 0x5000),
        Fork(1, 1, 5, 1, None),
        mapped(1, b"/b", 0x5000),
    ]
    assert paths(load(events)) == {"/a": [1], "/b": [1]}
    assert load(events).tracked == [1]


def test_another_program_has_none_of_the_modules() -> None:
    events: list[Event] = [
        mapped(1, b"/a", 0x5000),
        fork(2, 1),
        execve(2),
        mapped(2, b"/b", 0x5000),
    ]
    assert paths(load(events, rules=NEW)) == {"/a": [1], "/b": [2]}
    assert paths(load(events, rules=INHERITING)) == {"/a": [1, 2], "/b": [2]}
    assert paths(load(events, rules=OLD)) == {"/a": [1], "/b": [2]}


def test_the_parent_runs_another_program() -> None:
    events: list[Event] = [
        mapped(1, b"/a", 0x5000),
        fork(2, 1),
        execve(1),
        mapped(1, b"/b", 0x5000),
    ]
    assert paths(load(events)) == {"/a": [2], "/b": [1]}


def test_all_processes_that_ended_with_a_module() -> None:
    events: list[Event] = [mapped(1, b"/a", 0x5000), mapped(2, b"/a", 0x5000), execve(1)]
    assert load(events, None).tracked == [2]


def test_another_name_is_no_other_program() -> None:
    events: list[Event] = [mapped(1, b"/a", 0x5000), Comm(1, 1, False, b"worker", None)]
    assert paths(load(events)) == {"/a": [1]}


def test_sorted_whatever_the_order_of_events() -> None:
    events: list[Event] = [
        mapped(pid, path, 0x5000) for pid in (30, 4) for path in (b"/z", b"/a", b"/m")
    ]
    for given in (events, events[::-1]):
        modules = load(given, (30, 4))
        assert list(modules.by_path) == ["/a", "/m", "/z"]
        assert paths(modules)["/m"] == [4, 30]
        assert modules.tracked == [4, 30]


def test_many_forks_share_what_they_inherit() -> None:
    events: list[Event] = [mapped(1, b"/%d" % number, 0x5000) for number in range(200)]
    for pid in range(2, 20_000):
        events += [fork(pid, 1), execve(pid)]
    assert len(load(events).by_path) == 200


def test_processes_to_follow_from_the_start() -> None:
    assert first_tracked([3, 1], ("pytest-codspeed", "5.0.4")) == {1, 3}
    assert first_tracked([], None) == set()
    assert first_tracked([3], ("exec-harness", "1.0.0")) is None


def test_processes_of_all() -> None:
    everything = Processes(None)
    everything.follow(fork(2, 1))
    assert everything.tracked is None
    assert everything.includes(77)
