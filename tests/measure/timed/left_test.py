"""What a timed program leaves is taken with care, and removed whatever it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.measure.left import NO_FILES, clean
from tests.measure.target import STAGE
from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("name", ["environment-7.json", "rounds-7.json"])
def test_document_that_is_no_file(hooks_timed: Make, kind: str, name: str) -> None:
    ended = hooks_timed("measure", f"leave:{kind}:profile/{name}", profiler="none").time()
    text = ended.failed()
    assert f"//pkg:bench: the file {STAGE}/profile/{name} cannot be read" in text
    assert f"it is not a regular file but {NO_FILES[kind]}" in text
    clean(ended.folder)


@pytest.mark.parametrize(
    ("kind", "reason"), [("sparse", "it has 3,221,225,472 bytes"), ("hard", "it is a hard link")]
)
def test_document_that_is_not_taken(hooks_timed: Make, kind: str, reason: str) -> None:
    place = "profile/environment-7.json"
    ended = hooks_timed("measure", f"leave:{kind}:{place}", profiler="none").time()
    assert reason in ended.failed()
    clean(ended.folder)


@pytest.mark.parametrize(
    "place", ["profile/results", "profile/raw_results", "cargo/target", "cargo/../profile/results"]
)
def test_link_on_the_way(hooks_timed: Make, place: str) -> None:
    arguments = ("measure", "without-results", f"leave:etc:{place}")
    ended = hooks_timed(*arguments, profiler="none").time()
    text = ended.failed()
    assert "//pkg:bench: a measured program left something that cannot be taken" in text
    assert "it is not a folder but a symbolic link" in text
    clean(ended.folder)


@pytest.mark.parametrize("kind", ["deep", "deeper"])
@pytest.mark.parametrize("place", ["here/d", "tmp/d", "profile/d", "cargo/d"])
def test_deep_folders(hooks_timed: Make, kind: str, place: str) -> None:
    target = hooks_timed("measure", f"leave:{kind}:{place}", profiler="none")
    ended = target.time().succeeded()
    assert list(ended.benchmarks()) == ["pkg/b.c::work"]
    clean(ended.folder)


def test_folders_of_every_process_are_empty(hooks_timed: Make) -> None:
    target = hooks_timed("measure", "leave:deeper:profile/d", profiler="none", processes=2)
    ended = target.time().succeeded()
    assert list(ended.benchmarks(1)) == ["pkg/b.c::work"]
    clean(ended.folder)


def test_deep_folders_where_results_are(hooks_timed: Make) -> None:
    ended = hooks_timed("measure", "leave:deep:profile/raw_results", profiler="none").time()
    text = ended.failed()
    assert "//pkg:bench: a measured program left something that cannot be taken" in text
    assert f"Got: {STAGE}/profile/raw_results/d/d" in text
    assert "it is too deep" in text
    clean(ended.folder)


def test_deep_environment(hooks_timed: Make) -> None:
    """A document that can be read, but takes more calls to be written again."""
    text = hooks_timed("measure", "deep-environment", profiler="none").time().failed()
    assert "environment-77.json cannot be read. Got: the document: more than 127 levels" in text


@pytest.mark.parametrize("kind", [*NO_FILES, "sparse", "hard"])
def test_map_that_is_not_taken(hooks_timed: Make, recording: None, kind: str) -> None:
    ended = hooks_timed("measure", f"leave:{kind}:map").time().succeeded()
    assert ended.run["perf_maps"] == {}
    assert "left out of the profile: /tmp/perf-" in ended.log
    assert f"{NO_FILES.get(kind, 'it ')}" in ended.log
    assert not list(ended.folder.glob("raw/maps/*"))
    clean(ended.folder)


def test_time_is_that_of_all_processes(hooks_timed: Make) -> None:
    """A run naps for 2 s: together they need more time, each needs less."""
    target = hooks_timed("measure", "nap", timeout_s=6, processes=4, profiler="none")
    assert "did not end within 6 s (timeout_s)" in target.time().failed()
