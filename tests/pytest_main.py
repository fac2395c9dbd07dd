"""Runs pytest on the files of one `pytest_test` target, the same way on every machine."""

import importlib.util
import os
import sys
from pathlib import Path

# A script's own folder is not an import root, and what the machine has installed
# must not stand in for a dependency that a target forgot.
_HOST_FOLDERS = ("site-packages", "dist-packages")
sys.path[:] = [
    entry
    for entry in sys.path
    if Path(entry).resolve() != Path(__file__).resolve().parent
    and (Path(entry).name not in _HOST_FOLDERS or ".runfiles" in entry)
]

# Nothing may be written beside a test's source.
sys.dont_write_bytecode = True

import pytest  # noqa: E402


class SkipsAreNotFailures:
    """Pytest plugin: skipping whole files is not a failure, finding no test is one."""

    def __init__(self) -> None:
        """Starts with no skip."""
        self._skipped = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes a file that skips itself as a whole."""
        self._skipped = self._skipped or report.skipped

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Turns pytest's status for no test into success, if files were skipped."""
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._skipped:
            session.exitstatus = pytest.ExitCode.OK


def _hypothesis_options() -> list[str]:
    """Returns the option that loads hypothesis' plugin; conftest.py has its settings."""
    return ["-p", "_hypothesis_pytestplugin"] if importlib.util.find_spec("hypothesis") else []


def _bazel_options() -> list[str]:
    """Returns the options for what Bazel requests by environment variables."""
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
    # -rs shows the reason of each skip.
    fixed += ["-p", "no:cacheprovider", "--strict-markers", "-rs"]
    options = [*fixed, *_hypothesis_options(), *_bazel_options(), *sys.argv[1:]]
    return int(pytest.main(options, plugins=[SkipsAreNotFailures()]))


if __name__ == "__main__":
    sys.exit(main())
