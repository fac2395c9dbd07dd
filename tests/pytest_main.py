"""Runs pytest on the files of one `pytest_test` target, the same way on every machine."""

import importlib.util
import os
import sys
from pathlib import Path

# A script's own folder is no import root; and what the machine has installed
# must not stand in for a dependency that a target forgot.
_HOST_FOLDERS = ("site-packages", "dist-packages")
sys.path[:] = [
    entry
    for entry in sys.path
    if Path(entry).resolve() != Path(__file__).resolve().parent
    and (Path(entry).name not in _HOST_FOLDERS or ".runfiles" in entry)
]

# Beside a test's source there is nothing to write.
sys.dont_write_bytecode = True

import pytest  # noqa: E402


class RanSomething:
    """Pytest plugin: a run in which every test was skipped is a failure."""

    def __init__(self) -> None:
        """Starts with no test run."""
        self.ran = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes a test that passed or failed."""
        self.ran = self.ran or (report.when == "call" and not report.skipped)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Turns success without a test into pytest's status for it."""
        if exitstatus == pytest.ExitCode.OK and not self.ran:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def _use_hypothesis() -> list[str]:
    """Makes property tests repeatable; returns the option that loads hypothesis' plugin."""
    if not importlib.util.find_spec("hypothesis"):
        return []
    from hypothesis import settings

    settings.register_profile("bazel", derandomize=True, deadline=None, database=None)
    settings.load_profile("bazel")
    return ["-p", "_hypothesis_pytestplugin"]


def _bazel_options() -> list[str]:
    """Returns options for what Bazel asks of a test by its environment."""
    options = []
    if "XML_OUTPUT_FILE" in os.environ:
        options.append(f"--junitxml={os.environ['XML_OUTPUT_FILE']}")
    if os.environ.get("TESTBRIDGE_TEST_ONLY"):
        options += ["-k", os.environ["TESTBRIDGE_TEST_ONLY"]]
    return options


def main() -> int:
    """Runs the tests that the arguments name; returns pytest's exit status."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    fixed = ["-c", os.devnull, "--rootdir", os.getcwd(), "--import-mode=importlib"]
    fixed += ["-p", "no:cacheprovider", "--strict-markers"]
    options = [*fixed, *_use_hypothesis(), *_bazel_options(), *sys.argv[1:]]
    return int(pytest.main(options, plugins=[RanSomething()]))


if __name__ == "__main__":
    sys.exit(main())
