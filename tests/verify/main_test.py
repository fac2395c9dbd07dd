"""One target of a suite is chosen by the commit, and built with the setting `verify`."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from rules_codspeed.verify.choice import chosen
from rules_codspeed.verify.main import main, verify
from rules_codspeed.verify.options import parser
from tests.compare import plays_bazel
from tests.history.repositories import VARIABLES, commit, git, repository
from tests.results.provenance import provenance
from tests.results.walltime_provenance import walltime_provenance

LABELS = [f"//pkg:bench_{number}" for number in range(20)]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository whose suite has 20 simulated targets and one that is timed."""
    folder = tmp_path / "workspace"
    repository(folder)
    how = [*(provenance(label=label) for label in LABELS), walltime_provenance(label="//pkg:timed")]
    benchmarks = [Benchmark("x::y", one.label, one.mode, {"Ir": 1}) for one in how]
    (folder / "numbers.json").write_text(Results(SCHEMA, benchmarks, how).to_json())
    plays_bazel.install(folder / "bazel")
    return folder


def _verify(folder: Path, *arguments: str) -> str:
    options = parser().parse_args(["--bazel", str(folder / "bazel"), *arguments])
    return verify(options, folder, VARIABLES)


def test_one_target_is_built_with_the_setting(workspace: Path) -> None:
    head = git(workspace, "rev-parse", "HEAD")
    label = chosen(LABELS, head)
    assert _verify(workspace, "--flag=--config=ci", "//:a", "//:b") == (
        f"{label} is repeatable: 2 measurements gave the same bytes "
        f"(chosen by commit {head[:10]} among 20 targets)."
    )
    suite, one = plays_bazel.calls(workspace)
    assert suite[suite.index("--") + 1 :] == ["//:a", "//:b"]
    assert one[one.index("--") + 1 :] == [label]
    for call in (suite, one):
        assert "--config=ci" in call
        # The caches of the workspace answer what was measured before.
        assert not any("disk_cache" in word or "output_base" in word for word in call)
    settings = "--@rules_codspeed//rules/settings"
    assert {f"{settings}:modes=simulation", f"{settings}:verify=2"} <= {*one}
    # As the command that measured the suite: another setting would make Bazel analyse it again.
    assert not any(settings in word for word in suite)


def test_the_package_of_the_settings(workspace: Path) -> None:
    _verify(workspace, "--settings=@@codspeed~//rules/settings", "--times=3")
    assert "--@@codspeed~//rules/settings:verify=3" in plays_bazel.calls(workspace)[1]


def test_a_target_that_is_not_repeatable(workspace: Path) -> None:
    label = chosen(LABELS, "7")
    (workspace / "unsteady").write_text(label)
    with pytest.raises(CodSpeedError) as error:
        _verify(workspace, "--seed=7")
    assert str(error.value) == (
        f"{label} is not verified. Got: status 1. Expected: the same bytes from 2 measurements. "
        f"Fix: see Bazel's messages above; to see them again: bazel build {label} "
        "--@rules_codspeed//rules/settings:modes=simulation "
        "--@rules_codspeed//rules/settings:verify=2."
    )
    other = next(seed for seed in map(str, range(99)) if chosen(LABELS, seed) != label)
    assert "chosen by the seed among 20 targets" in _verify(workspace, f"--seed={other}")


def test_a_suite_that_cannot_be_built(workspace: Path) -> None:
    (workspace / "broken").write_text("")
    with pytest.raises(CodSpeedError, match=r"the build of //:bench_codspeed failed in .*above\.$"):
        _verify(workspace)


def test_times_cannot_be_verified(workspace: Path) -> None:
    how = walltime_provenance()
    benchmark = Benchmark("x::y", how.label, how.mode, {"median_ns": 1.5})
    (workspace / "numbers.json").write_text(Results(SCHEMA, [benchmark], [how]).to_json())
    with pytest.raises(CodSpeedError, match=r"//:timed has nothing to verify\. Got: no simul"):
        _verify(workspace, "//:timed")


def test_commits_choose_among_all_targets(workspace: Path) -> None:
    heads = [commit(workspace, f"change {number}") for number in range(10)]
    assert len({chosen(LABELS, head) for head in heads}) > 2
    for head in heads:
        label = chosen(LABELS, head)
        assert chosen(list(reversed(LABELS)), head) == label
        others = [one for one in LABELS if one not in (label, LABELS[0], LABELS[1])]
        assert chosen([*others, label], head) == label


def test_no_commit_to_choose_by(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(CodSpeedError, match=r"no commit to choose .* pass --seed=TEXT"):
        verify(parser().parse_args([]), tmp_path, VARIABLES)
    (workspace / ".git/config").write_text("[[")
    with pytest.raises(CodSpeedError, match=r"Got: fatal: bad config .* pass --seed=TEXT"):
        verify(parser().parse_args([]), workspace, VARIABLES)


def test_status(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace))
    bazel = ["--bazel", str(workspace / "bazel")]
    assert main([*bazel, "--seed=1"]) == 0
    printed = capsys.readouterr()
    assert printed.err == f"rules_codspeed: verifying {chosen(LABELS, '1')}\n"
    assert " is repeatable: " in printed.out
    (workspace / "unsteady").write_text(chosen(LABELS, "1"))
    assert main([*bazel, "--seed=1"]) == 1
    assert "rules_codspeed: //pkg:bench_" in capsys.readouterr().err


@pytest.mark.parametrize("times", ["1", "0", "-1", "two", "1000"])
def test_too_few_times(times: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--times={times}"])
    assert "is not a whole number from 2 to 999" in capsys.readouterr().err
