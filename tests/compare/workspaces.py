"""Workspaces whose commits are measured by what plays Bazel."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.compare.cache import cache_folder
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured
from tests.compare import plays_bazel
from tests.history.repositories import VARIABLES, git, repository
from tests.results.provenance import PROVENANCE


class Workspace:
    """A repository, and a program that plays Bazel and reads numbers from each commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workspace"
        repository(self.folder)
        self.variables = {**VARIABLES, "XDG_CACHE_HOME": str(folder / "cache")}
        self.bazel = folder / "bazel"
        plays_bazel.install(self.bazel)

    def commit(self, name: str) -> None:
        """Commits and tags what there is."""
        git(self.folder, "add", ".")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", name)
        git(self.folder, "tag", name)

    @property
    def own_builds(self) -> list[list[str]]:
        """Command lines of the builds of the source tree."""
        return plays_bazel.calls(self.folder)

    @property
    def other_builds(self) -> list[list[str]]:
        """Command lines of the builds of commits."""
        return plays_bazel.calls(self.cache / "base")

    @property
    def cache(self) -> Path:
        """The folder that keeps what comparing needs."""
        return cache_folder(self.folder, self.variables)

    def numbers(self, count: int, uri: str = "sort.cc::sort") -> None:
        """Makes the source tree measure so many instructions."""
        metrics: dict[str, int | float] = {"Ir": count, "estimated_cycles": count}
        benchmark = Benchmark(uri, PROVENANCE.label, "simulation", metrics)
        text = Results(SCHEMA, [benchmark], [PROVENANCE]).to_json()
        (self.folder / "numbers.json").write_text(text)

    def fails(self, reason: str) -> None:
        """Makes the source tree's target fail, as its results record it."""
        failed = Unmeasured("", PROVENANCE.label, "simulation", "failed", reason)
        text = Results(SCHEMA, [], [], unmeasured=[failed]).to_json()
        (self.folder / "numbers.json").write_text(text)
