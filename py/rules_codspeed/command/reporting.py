"""Files about a run, besides its profiles: the report, the summary, exports for other tools."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.output.output_file import append_whole, output_file
from rules_codspeed.contract.printing import print_message
from rules_codspeed.history.rows import Run
from rules_codspeed.report.exports import export_to
from rules_codspeed.results.changes import Change, Key, Recorded
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.model import Results
from rules_codspeed.results.modes.mode import ProfileKind
from rules_codspeed.results.modes.registry import mode_of

T = TypeVar("T")


class Profile(NamedTuple):
    """The profile folder of one target in one mode."""

    label: str
    mode: str
    folder: Path

    @property
    def kind(self) -> ProfileKind:
        """What the folder holds."""
        return mode_of(self.mode).profile


@dataclass(frozen=True, slots=True)
class Story:
    """All that files about a run can show.

    Attributes:
      suite: label of the suite.
      results: of the run.
      profiles: of the run.
      compared_with: what `changes` compare with, for a person; empty without a comparison.
      changes: of the benchmarks.
      before: the benchmarks that they compare with.
      explained: profiles of the run that tell Python functions apart, as far as they are there.
      base_explained: likewise of what it is compared with.
      base_profiles: of what it is compared with, as far as they are there.
      series: earlier runs with their numbers, the oldest first.
      notes: what a reader should know before trusting a number.
    """

    suite: str
    results: Results
    profiles: Sequence[Profile]
    compared_with: str = ""
    changes: Sequence[Change] = ()
    before: Mapping[Key, Recorded] = field(default_factory=dict)
    base_profiles: Sequence[Profile] = ()
    explained: Sequence[Profile] = ()
    base_explained: Sequence[Profile] = ()
    series: Sequence[tuple[Run, Mapping[Key, Recorded]]] = ()
    notes: Sequence[str] = ()

    def call_trees(self) -> dict[Key, CallTree]:
        """Returns where the costs of the run's benchmarks are; see `trees`."""
        return self.trees(self.profiles)

    def callgrind_folders(self) -> list[Path]:
        """Returns the profile folders that hold callgrind's profiles."""
        return [one.folder for one in self.profiles if one.kind is ProfileKind.CALLGRIND]

    def trees(
        self, profiles: Iterable[Profile], wanted: Collection[Key] | None = None
    ) -> dict[Key, CallTree]:
        """Returns where the costs of benchmarks are.

        Args:
          profiles: of the run, or of another one.
          wanted: the benchmarks to look at; None for all.

        Raises:
          CodSpeedError: a profile cannot be read.
        """
        from rules_codspeed.report.html import profiles as simulated

        benchmarks = len(self.results.benchmarks if wanted is None else wanted)
        counted = [simulated.Profile(*one) for one in profiles if one.kind is ProfileKind.CALLGRIND]
        trees = simulated.read_trees(counted, benchmarks, wanted)
        for one in profiles:
            if one.kind is ProfileKind.SAMPLES:
                trees |= _sampled(one, benchmarks)
            elif one.kind is ProfileKind.ALLOCATIONS:
                trees |= _allocated(one, benchmarks)
        return {key: one for key, one in trees.items() if wanted is None or key in wanted}


def _sampled(profile: Profile, benchmarks: int) -> dict[Key, CallTree]:
    """Returns the trees of a timed target; none where it was measured without perf."""
    if not (profile.folder / "perf.pipedata").exists():
        return {}
    from rules_codspeed.harvest.samples.fold import fold
    from rules_codspeed.report.html.profiles import sampled_trees

    return sampled_trees(profile.label, profile.mode, fold(profile.folder), benchmarks)


def pages(results: Results, changes: Sequence[Change], path: Path) -> dict[Key, str]:
    """Returns the address of each benchmark's page in a report.

    Args:
      results: of the run.
      changes: of the benchmarks.
      path: absolute path of the report.
    """
    from rules_codspeed.report.html.model import ReportModel
    from rules_codspeed.report.html.overview import keys

    places = enumerate(keys(ReportModel("", results, changes=changes)))
    return {key: f"{path.as_uri()}#b{at}" for at, key in places}


def _allocated(profile: Profile, benchmarks: int) -> dict[Key, CallTree]:
    """Returns where a target's allocations were made; none where no stacks were looked for."""
    from rules_codspeed.report.html.model import tree_limits
    from rules_codspeed.results.graphs.allocation_trees import allocation_trees

    trees = allocation_trees(profile.folder, *tree_limits(benchmarks))
    return {(profile.label, profile.mode, uri): tree for uri, tree in trees.items()}


def write_html(story: Story, path: Path) -> None:
    """Writes the report: a file, or into a folder that is there.

    Raises:
      CodSpeedError: a profile cannot be read, or the file not be written.
    """
    from rules_codspeed.report.html.history import Earlier, histories
    from rules_codspeed.report.html.model import ReportModel, Trees
    from rules_codspeed.report.html.report import graphed, write_folder, write_report

    wanted = None if path.is_dir() else graphed(story.results, story.changes)
    sides = (
        story.trees(story.profiles, wanted),
        _renamed(story, story.trees(story.base_profiles, wanted)),
        story.trees(story.explained, wanted),
        _renamed(story, story.trees(story.base_explained, wanted)),
    )
    model = ReportModel(
        suite=story.suite,
        results=story.results,
        compared_with=story.compared_with,
        changes=story.changes,
        before=_renamed(story, story.before),
        history=histories(
            Earlier(run.measured.commit, run.time, ((key, one.metrics) for key, one in of.items()))
            for run, of in story.series
        ),
        notes=story.notes,
        trees={key: Trees(*(one.get(key) for one in sides)) for key in set().union(*sides)},
    )
    with _reported(path):
        (write_folder if path.is_dir() else write_report)(model, path)


def _renamed(story: Story, before: Mapping[Key, T]) -> dict[Key, T]:
    """Returns what is known of before, under the name that a benchmark has now."""
    was = {one.renamed_from: one.key for one in story.changes if one.renamed_from}
    return {was.get(key, key): one for key, one in before.items()}


def write_summary(story: Story, path: Path) -> None:
    """Writes what changed, and all numbers, in Markdown.

    Raises:
      CodSpeedError: the file cannot be written.
    """
    from rules_codspeed.publish.step_summary import step_summary
    from rules_codspeed.report.markdown import LARGEST, changes_markdown

    text = ""
    if story.compared_with:
        half = LARGEST // 2
        text = changes_markdown(story.suite, story.changes, story.compared_with, half) + "\n"
    text += step_summary(story.suite, story.results, None, LARGEST - len(text.encode()))
    with _reported(path), output_file(path) as file:
        file.write(text.encode())


def append_summary(story: Story, path: Path, warn: Callable[[str], None]) -> None:
    """Adds the summary to that of a step on GitHub; warns where that is impossible."""
    from rules_codspeed.report.markdown import changes_markdown

    try:
        text = changes_markdown(story.suite, story.changes, story.compared_with).encode()
        append_whole(path, lambda there: (b"\n" if there else b"") + text)
    except OSError as error:
        warn(f"The summary of the step does not show what changed: {error}")


def write_export(story: Story, name: str, path: Path) -> None:
    """Writes a file or a folder for another tool, in a format of `report/exports`.

    Raises:
      CodSpeedError: a profile cannot be read, or the file not be written.
    """
    with _reported(path):
        export_to(name)(story, path)


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Reports what was written, or why it could not be."""
    try:
        yield
    except OSError as error:
        raise CodSpeedError(
            f"cannot write {path}",
            got=error,
            expected="a writable place on a disk with free space",
            fix="name another",
        ) from error
    print_message(f"Wrote {path}")
