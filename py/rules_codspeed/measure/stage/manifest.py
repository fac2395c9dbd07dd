"""Manifests of files to stage: one stage path, tab and source per line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.stage.repositories import MAIN, normalised_names

# Which repository a module means by a name: runfiles libraries read it.
REPO_MAPPING = "_repo_mapping"
# How the rules write the path of a file into an argument or a variable.
_LOCATION = re.compile("\x01(rootpath|rlocationpath):([^\x01]*)\x01")


def parse_manifest(text: str, name: str, root: str = "") -> dict[str, str]:
    """Reads a manifest.

    Args:
      text: its lines; an empty source means an empty file.
      name: what to call it in errors.
      root: folder that sources are relative to; default is the working directory.

    Returns:
      Source by stage path, sorted. Where a path is named twice, the last line counts.

    Raises:
      CodSpeedError: a line has no tab, or its stage path leaves the stage.
    """
    entries: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            continue
        path, tab, source = line.partition("\t")
        if not tab or not _stays_inside(path):
            raise CodSpeedError(
                f"the list of files to stage, {name}, cannot be used",
                got=f"line {number}: {line[:200]!r}",
                expected="'<path below the stage><tab><source>'",
                fix="build the benchmark again; if that does not help, report a bug of "
                "rules_codspeed",
            )
        entries[path] = os.path.join(root, source) if source else ""
    return dict(sorted(entries.items()))


def _stays_inside(path: str) -> bool:
    return all(part not in ("", ".", "..") for part in path.split("/"))


class StagePaths:
    """Maps runfiles paths, `<repository>/<path>`, to paths in the stage.

    Attributes:
      repositories: name in the stage by canonical name, of the external ones.
      main_repository: how the main repository is called in runfiles paths.
    """

    def __init__(self, files: Mapping[str, str], main_repository: str) -> None:
        folders = {path.partition("/")[0] for path in files if path != REPO_MAPPING}
        external = folders - {main_repository}
        self.repositories = normalised_names(external)
        self.main_repository = main_repository

    def __call__(self, runfiles_path: str) -> str:
        """Returns the path below the folder of all repositories."""
        repository, slash, rest = runfiles_path.partition("/")
        if repository == self.main_repository:
            return MAIN + slash + rest
        return self.repositories.get(repository, repository) + slash + rest

    def expand(self, text: str) -> str:
        """Puts paths in place of the rules' marks.

        `rootpath` is relative to the working directory, `rlocationpath` to the folder of
        all repositories.
        """
        return _LOCATION.sub(self._located, text)

    def _located(self, found: re.Match[str]) -> str:
        path = self(found[2])
        if found[1] == "rlocationpath":
            return path
        inside = path.removeprefix(f"{MAIN}/")
        return inside if inside != path else f"../{path}"

    def repo_mapping(self, text: str) -> str:
        """Returns Bazel's file `_repo_mapping` for the stage: lines of source, name and target.

        Compiled programs look themselves up by the canonical name that they were built
        with, others by the folder that they lie in: there is a line for each.

        From Bazel 9 on one line stands for all repositories of an extension: its source is a
        prefix of their canonical names, and `*`. The folders in the stage have no prefix, so
        each gets a line of its own. A line of a whole name comes before those of prefixes.
        """
        exact: dict[tuple[str, str], str] = {}
        by_prefix: dict[tuple[str, str], str] = {}
        for line in text.splitlines():
            source, _, rest = line.partition(",")
            name, _, target = rest.partition(",")
            if source.endswith("*"):
                by_prefix[source, name] = target
            else:
                exact[source, name] = target
        lines: dict[tuple[str, str], str] = {}
        for (source, name), target in exact.items():
            for one in (source, self(source)):
                lines[one, name] = self(target)
        for (pattern, name), target in by_prefix.items():
            lines[pattern, name] = self(target)
            for canonical, folder in self.repositories.items():
                if canonical.startswith(pattern[:-1]):
                    lines.setdefault((folder, name), self(target))
        return "".join(f"{source},{name},{target}\n" for (source, name), target in lines.items())

    def links(self) -> dict[str, str]:
        """Returns link name and target for every repository whose name in the stage differs."""
        names = {self.main_repository: MAIN, **self.repositories}
        return {name: target for name, target in sorted(names.items()) if name != target}
