"""What becomes a part of the run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rules_codspeed.command import parts as parts_module
from rules_codspeed.command.parts import measured, not_uploaded
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.report.collect import Suite, Target
from rules_codspeed.results.modes.mode import Mode
from rules_codspeed.results.modes.registry import mode_of


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


def test_logs_that_the_suite_names_are_part_of_the_log(tmp_path: Path) -> None:
    (target,) = suite(tmp_path, ("//a", "simulation")).targets
    log = tmp_path / "a.log"
    named = Suite("//:s", (dataclasses.replace(target, log=log),))
    with pytest.raises(PublishError, match=r"no log of //a\. Got: .*/a\.log: No such file"):
        measured(named)
    log.write_bytes(b"# //a\n\xffprinted\n")
    (one,) = measured(named)
    assert one.log.endswith("//a (simulation)\n# //a\n\ufffdprinted\n")


@pytest.fixture
def walltime_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets CodSpeed not know one of the modes, as it does not know one that somebody adds."""

    def declared(name: str) -> Mode:
        mode = mode_of(name)
        return dataclasses.replace(mode, executor=None) if name == "walltime" else mode

    monkeypatch.setattr(parts_module, "mode_of", declared)


@pytest.mark.usefixtures("walltime_unknown")
def test_targets_of_a_mode_that_codspeed_does_not_know_are_named(tmp_path: Path) -> None:
    targets = [("//a", "simulation"), ("//b", "walltime"), ("//c", "walltime")]
    assert parts(tmp_path, *targets) == [("valgrind", ["//a"])]
    sentence = not_uploaded(suite(tmp_path, *targets))
    assert sentence == (
        "2 targets are not uploaded, such as //b: CodSpeed does not know the mode walltime"
    )
    assert not_uploaded(suite(tmp_path, ("//a", "simulation"))) == ""
    with pytest.raises(PublishError, match=r"nothing to publish\. Got: 1 target is not uploaded"):
        measured(suite(tmp_path, ("//b", "walltime")))


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
