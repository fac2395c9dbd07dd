"""Reads the call trees of a report from profile folders, by several processes if they are large."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.report.html.model import TREE_METRICS, tree_limits
from rules_codspeed.results.callgrind.source import CallgrindError
from rules_codspeed.results.changes import Key
from rules_codspeed.results.graphs.call_graph import metric_graph
from rules_codspeed.results.graphs.call_tree import CallTree, FoldedStacks
from rules_codspeed.results.graphs.graph_tree import graph_tree
from rules_codspeed.results.graphs.profile_graphs import file_graphs, profile_files
from rules_codspeed.results.graphs.stack_tree import stack_tree

_MUCH = 2_000_000  # bytes: less is read before other processes have started


class Profile(NamedTuple):
    """The profile folder of a simulated target."""

    label: str
    mode: str
    folder: Path


class _Task(NamedTuple):
    profile: Profile
    number: int
    file: Path
    most: int
    least: float
    wanted: Collection[str] | None


def read_trees(
    profiles: Iterable[Profile], benchmarks: int, wanted: Collection[Key] | None = None
) -> dict[Key, CallTree]:
    """Reads the trees of simulated benchmarks.

    Args:
      profiles: of simulated targets.
      benchmarks: how many graphs the report will show, which decides how large a tree may be.
      wanted: the benchmarks to look at; None for all.

    Returns:
      Trees of all benchmarks that counted something, with the metrics `TREE_METRICS`.

    Raises:
      CodSpeedError: a profile cannot be read.
    """
    most, least = tree_limits(benchmarks)
    tasks = []
    for profile in profiles:
        uris = None if wanted is None else _names(wanted, profile)
        if uris is not None and not uris:
            continue
        try:
            tasks += [
                _Task(profile, number, file, most, least, uris)
                for number, file in profile_files(profile.folder)
            ]
        except OSError as error:
            raise _problem(profile, str(error)) from error
    trees: dict[Key, CallTree] = {}
    for task, (found, fault) in zip(tasks, _results(tasks), strict=True):
        if fault:
            raise _problem(task.profile, fault)
        for uri, tree in found:
            trees[task.profile.label, task.profile.mode, uri] = tree
    return trees


def sampled_trees(
    label: str, mode: str, stacks: Mapping[str, FoldedStacks], benchmarks: int
) -> dict[Key, CallTree]:
    """Returns the trees of timed benchmarks.

    Args:
      label: of their target.
      mode: of it.
      stacks: by URI.
      benchmarks: see `read_trees`.
    """
    return {
        (label, mode, uri): stack_tree(folded, *tree_limits(benchmarks))
        for uri, folded in stacks.items()
        if any(folded.values())
    }


_Result = tuple[list[tuple[str, CallTree]], str]


def _results(tasks: list[_Task]) -> Iterator[_Result]:
    """Yields trees of each task, or what is wrong with its file."""
    workers = min(len(tasks), len(os.sched_getaffinity(0)))
    if workers < 2 or sum(task.file.stat().st_size for task in tasks) < _MUCH:
        yield from map(_read, tasks)
        return
    # Not by a new Python: it would not find our modules in Bazel's runfiles.
    context = multiprocessing.get_context("fork")
    chunk = max(1, len(tasks) // (8 * workers))
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_read, tasks, chunksize=chunk)


def _names(wanted: Collection[Key], profile: Profile) -> set[str]:
    """Returns the names of those benchmarks that are of a profile."""
    return {uri for label, mode, uri in wanted if (label, mode) == profile[:2]}


def _read(task: _Task) -> _Result:
    try:
        return [
            (uri, graph_tree(metric_graph(graph, TREE_METRICS), task.most, task.least))
            for uri, graph in file_graphs(task.profile.folder, task.number, task.file)
            if task.wanted is None or uri in task.wanted
        ], ""
    except (CallgrindError, OSError) as error:
        return [], str(error)


def _problem(profile: Profile, fault: str) -> CodSpeedError:
    return CodSpeedError(
        f"no flame graphs of {profile.label} ({profile.mode})",
        got=fault,
        expected="complete callgrind profiles",
        fix="build the suite again with 'bazel run'",
    )
