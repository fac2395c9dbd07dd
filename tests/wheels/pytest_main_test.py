import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

_MAIN = Path(__file__).parent.parent / "pytest_main.py"
_CONFTEST = _MAIN.with_name("conftest.py")


def _run(
    folder: Path,
    source: str,
    *arguments: str,
    main: Sequence[str | Path] = (_MAIN,),
    **env: str,
) -> subprocess.CompletedProcess[str]:
    (folder / "x_test.py").write_text(source)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TEST")}
    clean.pop("XML_OUTPUT_FILE", None)
    return subprocess.run(
        [sys.executable, *main, "x_test.py", *arguments],
        cwd=folder,
        env=clean | {"PYTHONPATH": os.pathsep.join(sys.path)} | env,
        capture_output=True,
        text=True,
    )


def test_success_prints_the_counts_and_writes_the_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    done = _run(tmp_path, "def test_a(): pass\ndef test_b(): pass\n", XML_OUTPUT_FILE=str(report))
    assert done.returncode == 0, done.stdout
    assert "2 passed in" in done.stdout.splitlines()[-1]
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    assert suite.get("tests") == "2"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.xml", "x_test.py"]


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def test_a(): assert False\n", 1),
        ("import nowhere_to_be_found\n", 2),
        ("def helper(): pass\n", 5),
        ("import pytest\ndef test_a(): pytest.skip('no')\n", 0),
        ("import pytest\npytest.skip('no', allow_module_level=True)\n", 0),
        ("import pytest\npytest.importorskip('nowhere')\ndef test_a(): pass\n", 0),
        ("import pytest\n@pytest.mark.skip\ndef test_a(): pass\ndef test_b(): pass\n", 0),
    ],
)
def test_status(tmp_path: Path, source: str, status: int) -> None:
    done = _run(tmp_path, source)
    assert done.returncode == status, done.stdout


def test_a_filter_that_matches_nothing_fails(tmp_path: Path) -> None:
    source = "def test_good(): pass\ndef test_bad(): assert False\n"
    assert _run(tmp_path, source, TESTBRIDGE_TEST_ONLY="test_good").returncode == 0
    assert _run(tmp_path, source, TESTBRIDGE_TEST_ONLY="test_ugly").returncode == 5


def test_a_skip_is_shown_with_its_reason(tmp_path: Path) -> None:
    done = _run(tmp_path, "import pytest\ndef test_a(): pytest.skip('there is no Chromium')\n")
    assert "SKIPPED [1] x_test.py:2: there is no Chromium" in done.stdout


@pytest.mark.parametrize("main", [(_MAIN,), ("-m", "pytest", "-p", "no:cacheprovider")])
def test_property_tests_are_repeatable_and_may_be_slow(
    tmp_path: Path, main: Sequence[str | Path]
) -> None:
    """By Bazel's way to start pytest, and by pytest itself."""
    shutil.copyfile(_CONFTEST, tmp_path / "conftest.py")
    source = """
import time
from hypothesis import given, settings, strategies as st
assert settings.default.derandomize and settings.default.deadline is None
assert settings.default.database is None
drawn = []
@given(st.integers())
def test_a(n):
    if not drawn:
        time.sleep(0.5)
    drawn.append(n)
    print(n)
"""
    first, second = (_run(tmp_path, source, "-s", "-q", main=main) for _ in range(2))
    assert first.returncode == 0, first.stdout
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]
    assert len(set(first.stdout.split())) > 10


def test_what_the_machine_has_installed_is_out_of_reach(tmp_path: Path) -> None:
    folder = tmp_path / "lib/dist-packages"
    folder.mkdir(parents=True)
    (folder / "forgotten.py").write_text("")
    path = os.pathsep.join([*sys.path, str(folder)])
    done = _run(tmp_path, "import forgotten\ndef test_a(): pass\n", PYTHONPATH=path)
    assert done.returncode == 2, done.stdout
    assert "No module named 'forgotten'" in done.stdout
