"""Builds targets with Bazel, and finds their results by the build event protocol."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from rules_codspeed.command.inner_bazel import bazel_environment, bazel_program
from rules_codspeed.command.reporting import Profile
from rules_codspeed.compare.errors import UnmeasuredError
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.suite import PROFILE_SUFFIX, PROVENANCE_SUFFIX, RESULTS_SUFFIX
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.report.collect import explained_profile
from rules_codspeed.results.model import Results, merge
from rules_codspeed.results.schema import parse_results

_STDERR = 2  # standard output is for what changed
_IDLE_S = 30
_FAULTS_OF_SOURCES = {1, 2, 48}
"""Exit statuses of Bazel (ExitCode.java): the build failed, an option that the sources do not have,
external dependencies that they name and cannot be had."""


class _File(BaseModel):
    uri: str = ""


class _Files(BaseModel):
    files: list[_File] = []


class _Event(BaseModel):
    """The part of a build event that is read; its name is Bazel's."""

    namedSetOfFiles: _Files = _Files()


_EVENT = TypeAdapter(_Event)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a commit measured.

    Attributes:
      results: of all targets.
      profiles: of them.
      explained: those that tell Python functions apart, as far as they are there.
    """

    results: Results
    profiles: Sequence[Profile]
    explained: Sequence[Profile]


@dataclass(frozen=True, slots=True)
class Build:
    """How targets are built.

    Attributes:
      bazel: the program; None: the workspace's `bazelw`, or that of PATH.
      flags: of every build.
      targets: labels.
      disk_cache: folder that several builds share; None for what the workspace's Bazel has.
      with_profiles: whether profiles are wanted, for a report.
      with_failed: whether a target that failed, or has benchmarks that did, is part of the results;
        else it fails the build.
      advice: the next step where a build fails, besides reading Bazel's messages.
    """

    bazel: str | None
    flags: Sequence[str]
    targets: Sequence[str]
    disk_cache: Path | None = None
    with_profiles: bool = False
    with_failed: bool = False
    advice: str = ""

    def measure(self, workspace: Path, output_base: Path | None, scratch: Path) -> Measured:
        """Builds the targets of a workspace and reads what they measured.

        Args:
          workspace: folder to build in.
          output_base: Bazel's; None for the workspace's own.
          scratch: an empty folder for the build's events and copies of profiles: another build in
            the same output base replaces them.

        Raises:
          UnmeasuredError: the sources do not build, or measure nothing.
          CodSpeedError: Bazel failed for another reason.
        """
        bazel = bazel_program(workspace, self.bazel)
        events = scratch / "events.json"
        groups = ["results", *(["profile"] if self.with_profiles else [])]
        prefix = "unchecked_" if self.with_failed else ""
        asked = [prefix + group for group in groups]
        asked += ["explained"] if self.with_profiles else []
        command = [
            bazel,
            *(_of_its_own(output_base) if output_base else []),
            "build",
            *([f"--disk_cache={self.disk_cache}"] if self.disk_cache else []),
            f"--output_groups={','.join(asked)}",
            "--remote_download_outputs=toplevel",
            "--experimental_convenience_symlinks=ignore",
            f"--build_event_json_file={events}",
            *self.flags,
            "--",
            *self.targets,
        ]
        try:
            done = subprocess.run(
                command,
                cwd=workspace,
                env=bazel_environment(os.environ),
                stdout=_STDERR,
                check=False,
            )
        except OSError as error:
            raise CodSpeedError(
                "cannot start Bazel",
                got=str(error),
                expected="a program",
                fix="name it with --bazel",
            ) from error
        if done.returncode:
            of_sources = done.returncode in _FAULTS_OF_SOURCES
            raise (UnmeasuredError if of_sources else CodSpeedError)(
                f"the build of {', '.join(self.targets)} failed in {workspace}",
                got=f"status {done.returncode}",
                expected="results",
                fix="; ".join(filter(None, ["see Bazel's messages above", self.advice])),
            )
        if not events.exists():
            raise CodSpeedError(
                f"{bazel} states nothing of a build of {', '.join(self.targets)}",
                got="status 0, and no file of build events",
                expected="a Bazel that follows --build_event_json_file",
                fix="name the program with --bazel, and leave that option out of --flag",
            )
        return self._read(events, scratch)

    def _read(self, events: Path, scratch: Path) -> Measured:
        found = sorted({path for path in _files(events) if path.name.endswith(RESULTS_SUFFIX)})
        parts = []
        profiles: list[Profile] = []
        explained: list[Profile] = []
        try:
            for number, path in enumerate(found):
                part = parse_results(read_document(path, RESULTS_DOCUMENT))
                parts.append(part)
                if self.with_profiles:
                    copy = scratch / str(number)
                    stem = path.name.removesuffix(RESULTS_SUFFIX)
                    profile = path.with_name(stem + PROFILE_SUFFIX)
                    shutil.copytree(profile, copy)
                    profiles += [Profile(one.label, one.mode, copy) for one in part.provenance]
                    made = explained_profile(profile, path.with_name(stem + PROVENANCE_SUFFIX))
                    if made:
                        copy = scratch / f"{number}.explained"
                        shutil.copytree(made, copy)
                        explained += [Profile(one.label, one.mode, copy) for one in part.provenance]
        except (OSError, DocumentError) as error:
            raise UnmeasuredError(
                "results cannot be read",
                got=str(str(error).splitlines()[0]),
                expected="results of this version of rules_codspeed, in both commits",
                fix="choose a later base",
            ) from error
        results = merge(parts)
        if not (results.benchmarks or results.unmeasured):
            raise UnmeasuredError(
                f"{', '.join(self.targets)} measures nothing",
                got=f"{len(found)} files of results without a benchmark",
                expected="at least one",
                fix="name a suite or benchmark",
            )
        return Measured(results, profiles, explained)


def _of_its_own(output_base: Path) -> list[str]:
    """Returns the options for a server of the worktree's own, which ends soon after."""
    return [f"--output_base={output_base}", f"--max_idle_secs={_IDLE_S}"]


def _files(events: Path) -> list[Path]:
    """Returns the files that a build made (Bazel's build_event_stream.proto, NamedSetOfFiles)."""
    found = []
    with events.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                made = parse_json(_EVENT, line).namedSetOfFiles.files
                uris = [urllib.parse.urlsplit(one.uri) for one in made]
            except ValueError as error:
                raise CodSpeedError(
                    "Bazel's description of its build cannot be read",
                    got=f"line {number} of its build events: {str(error).splitlines()[0]}",
                    expected="a JSON document on each line",
                    fix="start it again, and see whether the disk is full",
                ) from error
            found += [Path(urllib.parse.unquote(one.path)) for one in uris if one.scheme == "file"]
    return found
