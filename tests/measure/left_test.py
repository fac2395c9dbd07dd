"""What a simulated program leaves is taken with care, and removed whatever it is."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable

import pytest

from tests.measure import left
from tests.measure.target import STAGE, Ended, Target

Make = Callable[..., Target]


def maps() -> set[str]:
    return {name for name in os.listdir("/tmp") if re.fullmatch(r"perf-[0-9]+\.map", name)}


MAPS = maps()


def clean(ended: Ended) -> None:
    left.clean(ended.folder)
    assert maps() <= MAPS


NO_FILES = {**left.NO_FILES, "deeper": "a folder"}


@pytest.mark.parametrize("kind", NO_FILES)
def test_map_that_is_no_file(hooks_target: Make, kind: str) -> None:
    ended = hooks_target("measure", f"leave:{kind}:map").run()
    text = ended.failed()
    assert text.startswith("//pkg:bench left something for its profile")
    assert re.search(r"Got: /tmp/perf-[0-9]+\.map: it is not a regular file but ", text)
    assert f"but {NO_FILES[kind]}. Expected: a regular file" in text
    clean(ended)


@pytest.mark.parametrize("place", ["map", "profile/x"])
def test_sparse_file(hooks_target: Make, place: str) -> None:
    ended = hooks_target("measure", f"leave:sparse:{place}").run()
    text = ended.failed()
    assert "it has 3,221,225,472 bytes" in text
    assert "bytes. Fix" in text
    clean(ended)


@pytest.mark.parametrize("place", ["map", "profile/x"])
def test_hard_link(hooks_target: Make, place: str) -> None:
    ended = hooks_target("measure", f"leave:hard:{place}").run()
    assert "it is a hard link" in ended.failed()
    clean(ended)


@pytest.mark.parametrize("kind", ["deep", "deeper"])
@pytest.mark.parametrize("place", ["here/d", "tmp/d"])
def test_deep_folders(hooks_target: Make, kind: str, place: str) -> None:
    ended = hooks_target("measure", f"leave:{kind}:{place}").run().succeeded()
    assert list(ended.benchmarks()) == ["pkg/b.c::work"]
    clean(ended)


@pytest.mark.parametrize("kind", ["deep", "deeper"])
def test_deep_folders_in_the_profile(hooks_target: Make, kind: str) -> None:
    ended = hooks_target("measure", f"leave:{kind}:profile/d").run()
    text = ended.failed()
    assert "//pkg:bench left something for its profile that cannot be taken" in text
    assert f"Got: {STAGE}/profile/d/d/d" in text
    assert "it is too deep" in text
    clean(ended)


def test_link_on_the_way(hooks_target: Make) -> None:
    ended = hooks_target("measure", "leave:etc:profile/results").run()
    assert "profile/results: it is not a regular file but a symbolic link" in ended.failed()
    clean(ended)


def test_log_that_is_no_file(hooks_target: Make) -> None:
    """Errors show the log of Valgrind: a FIFO in its place made the driver wait for ever."""
    start = time.monotonic()
    target = hooks_target("measure", "replace-log", "fail")
    text = target.run(timeout=100).failed()
    assert "ended with exit status 3" in text
    assert time.monotonic() - start < 100


def test_next_run_starts_without_what_the_last_left(hooks_target: Make) -> None:
    """Other layouts: the program replaces the folder that the driver collects them in."""
    ended = hooks_target("measure", "leave-layout", layouts=2).run().succeeded()
    assert len(ended.provenance["layouts"]) == 2
    clean(ended)


def test_time_is_that_of_all_runs(hooks_target: Make) -> None:
    """A run naps for 1.5 s: together they need more time, each needs less."""
    text = hooks_target("measure", "nap", timeout_s=8, layouts=5).run().failed()
    assert "did not end within 8 s (timeout_s)" in text
    assert "timeout_s is for all runs of a target together" in text
