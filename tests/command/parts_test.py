"""What becomes a part of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.command.parts import measured
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.report.collect import Suite, Target


def suite(folder: Path, *targets: tuple[str, str]) -> Suite:
    return Suite(
        "//:s",
        tuple(
            Target(label, mode, folder / "r", folder / label.strip("/"), folder / "p")
            for label, mode in targets
        ),
    )


def parts(folder: Path, *targets: tuple[str, str]) -> list[tuple[str, list[str]]]:
    return [
        (one.executor, [profile.label for profile in one.profiles])
        for one in measured(suite(folder, *targets))
    ]


def test_simulations_are_one_part_and_other_targets_one_each(tmp_path: Path) -> None:
    assert parts(
        tmp_path,
        ("//b", "walltime"),
        ("//x", "simulation"),
        ("//a", "walltime"),
        ("//b", "simulation"),
    ) == [
        ("valgrind", ["//x", "//b"]),
        ("walltime", ["//b"]),
        ("walltime", ["//a"]),
    ]


def test_logs_name_the_targets(tmp_path: Path) -> None:
    (one,) = measured(suite(tmp_path, ("//a", "simulation"), ("//b", "simulation")))
    start = "Measured by rules_codspeed for //:s:\n"
    assert one.log == f"{start}//a (simulation)\n//b (simulation)\n"
    (one,) = measured(suite(tmp_path, ("//a", "walltime")))
    assert one.log == f"{start}//a (walltime)\n"


def test_targets_without_a_file_are_no_parts(tmp_path: Path) -> None:
    (tmp_path / "empty" / "results").mkdir(parents=True)
    (tmp_path / "full" / "results").mkdir(parents=True)
    (tmp_path / "full" / "results" / "1.json").touch()
    empty = ("//empty", "walltime")
    assert parts(tmp_path, empty, ("//full", "walltime")) == [("walltime", ["//full"])]
    # One whose folder is gone is reported later.
    assert parts(tmp_path, ("//gone", "walltime")) == [("walltime", ["//gone"])]
    for targets in ([], [empty]):
        with pytest.raises(PublishError, match=r"^//:s has nothing to publish\. Got: .* Fix: "):
            measured(suite(tmp_path, *targets))
