"""Finds the two runs that a command line names, for each target and mode."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.modes import MODES
from rules_codspeed.history.commits import Commits
from rules_codspeed.why.kept import read_kept
from rules_codspeed.why.side import Side, SideOf
from rules_codspeed.why.stored import Stored

_LABEL = re.compile(
    r"(?:@@?(?P<repository>[^@/:]+))?(?:@@?)?//(?P<package>[^:]*)(?::(?P<name>.+))?"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What two runs measured of one target in one mode."""

    label: str
    mode: str
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class Sources:
    """Where runs are looked for.

    Attributes:
      stored: those of the history; None if there is no history.
      commits: of the workspace.
      here: the folder that relative paths start at.
    """

    stored: Stored | None
    commits: Commits
    here: Path

    def pairs(self, target: str, base: str | None, run: str | None, mode: str | None) -> list[Pair]:
        """Returns the two runs of a target, in each mode that the later one has.

        Args:
          target: its label, as the user wrote it.
          base: names the earlier run; None for the one before the later run.
          run: names the later run; None for the last one.
          mode: the only mode; None for all.

        Raises:
          CodSpeedError: one of them is not there.
        """
        label = plain_label(target)
        before, after = self._named(base), self._named(run)
        found = list(self._pairs(label, before, after, [mode] if mode else MODES))
        if not found:
            raise self._unknown(label, f"{label} in mode {mode}" if mode else label, run)
        return found

    def _pairs(
        self, label: str, base: SideOf | None, run: SideOf | None, modes: Sequence[str]
    ) -> Iterator[Pair]:
        for mode in modes:
            after = run(label, mode) if run else self._last(label, mode)
            if after is None:
                continue
            before = base(label, mode) if base else self._before(after, label, mode)
            if before is None:
                raise _no_base(f"{label} ({mode})", after, named=base is not None)
            yield Pair(label, mode, before, after)

    def _last(self, label: str, mode: str) -> Side | None:
        return self.stored.last(label, mode) if self.stored else None

    def _before(self, after: Side, label: str, mode: str) -> Side | None:
        if after.run is None or self.stored is None:
            return None
        return self.stored.before(after.run, label, mode)

    def _named(self, name: str | None) -> SideOf | None:
        """Returns the run of a name; a number goes before a path, and that before a commit."""
        if name is None:
            return None
        found: SideOf | None = None
        path = self.here / name
        if name.isascii() and name.isdigit() and len(name) < 10:
            found = self.stored.numbered(int(name)) if self.stored else None
        # Not Path.exists: it raises where a name is longer than any file's.
        elif os.path.exists(path):
            return read_kept(path, name)
        elif self.stored and (commit := self.commits.resolve(name)):
            found = self.stored.of_commit(commit)
        if found is None:
            raise CodSpeedError(
                f"no run {name!r}",
                got="no stored run, file or commit of that name",
                expected="the number of a run that 'bazel run @rules_codspeed//tools:history -- "
                "list' shows, a commit that was measured on this machine, or a file",
                fix="name one of them",
            )
        return found

    def _unknown(self, label: str, target: str, run: str | None) -> CodSpeedError:
        similar = self.stored.similar(label) if self.stored else []
        example = f", such as {' or '.join(similar)}" if similar else ""
        if self.stored or run:
            got = f"no numbers of it in {'the run that --run names' if run else 'any stored run'}"
        else:
            got = "no history of this workspace"
        return CodSpeedError(
            f"nothing is known about {target}",
            got=got,
            expected=f"a benchmark target that was measured{example}",
            fix="'bazel run' a suite that holds it, or name two runs that are kept as files, with "
            "--base and --run",
        )


def plain_label(text: str) -> str:
    """Returns a label as results hold it: `//pkg:name` or `@repo//pkg:name`.

    Raises:
      CodSpeedError: it is no label with a package.
    """
    match = _LABEL.fullmatch(text)
    package = match["package"] if match else ""
    name = (match["name"] if match else "") or package.rpartition("/")[2]
    if not match or not name:
        raise CodSpeedError(
            f"{text!r} is not the label of a target",
            got="no package that begins with //, or no name",
            expected="a label such as //parser:bench",
            fix="write the label from the root of the workspace",
        )
    repository = f"@{match['repository']}" if match["repository"] else ""
    return f"{repository}//{package}:{name}"


def _no_base(target: str, after: Side, named: bool) -> CodSpeedError:
    if named:
        got = "no numbers of it in the run that --base names"
    elif after.run:
        got = f"no run of it before {after.name}"
    else:
        got = f"{after.name}, which is a file, and no --base"
    return CodSpeedError(
        f"nothing to compare {target} with",
        got=got,
        expected="two runs that measured it",
        fix="name another run with --base",
    )
