"""Secrets reach a measurement by a socket, and nobody else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import rules_codspeed
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.instruments import secret
from rules_codspeed.contract.instruments.secret import read_secret
from rules_codspeed.secrets.main import with_secrets
from rules_codspeed.secrets.options import Options, parse_options

_IMPORTS = str(Path(rules_codspeed.__file__).parents[1])
_ASKS = "import sys; sys.path[:0] = [sys.argv[1]]\n" + (
    "from rules_codspeed.contract.instruments.secret import read_secret\n"
    "import os; print(read_secret('DSN', '//b:x', sys.argv[2]), 'DSN' in os.environ, flush=True)"
)


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[str]:
    """Of the folder of sockets: short, as their paths must be."""
    folder = Path("/var/tmp") / f"s{os.getpid()}.{abs(hash(tmp_path)) % 10**6}"
    folder.mkdir(mode=0o700)
    yield str(folder)
    subprocess.run(["rm", "-r", str(folder)], check=True)


def _asking(parent: str) -> list[str]:
    return [sys.executable, "-c", _ASKS, _IMPORTS, parent]


def _run(arguments: list[str], variables: Mapping[str, str], parent: str) -> int:
    """In a process of its own, as it changes what signals do."""
    program = (
        "import sys, os; sys.path[:0] = [sys.argv[1]]\n"
        "from rules_codspeed.contract.errors import run_entry\n"
        "from rules_codspeed.secrets.main import with_secrets\n"
        "sys.exit(run_entry(lambda: with_secrets(sys.argv[3:], os.environ, sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, _IMPORTS, parent, *arguments]
    return subprocess.run(command, env={"PATH": os.environ["PATH"], **variables}).returncode


def test_a_command_may_ask(parent: str, capfd: pytest.CaptureFixture[str]) -> None:
    value = "postgresql://me:pässword@db/x"
    assert _run(["DSN", "--", *_asking(parent)], {"DSN": value}, parent) == 0
    assert capfd.readouterr().out == f"{value} False\n"
    assert os.listdir(secret.folder(parent)) == []


def test_status_and_folder_of_the_command(parent: str, tmp_path: Path) -> None:
    variables = {"DSN": "x", "BUILD_WORKING_DIRECTORY": str(tmp_path)}
    check = ["sh", "-c", f'test "$PWD" = {tmp_path} && exit 7']
    assert _run(["DSN", "--", *check], variables, parent) == 7
    assert _run(["DSN", "--", "sh", "-c", "kill -9 $$"], variables, parent) == 137


def test_nobody_offers(parent: str) -> None:
    with pytest.raises(CodSpeedError) as caught:
        read_secret("DSN", "//b:x", parent)
    assert caught.value.got == "nobody offers it on this machine"
    assert "with_secrets DSN -- bazel" in caught.value.fix


def test_a_socket_that_was_left(parent: str, capfd: pytest.CaptureFixture[str]) -> None:
    folder = Path(secret.folder(parent))
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "DSN"))
    with pytest.raises(CodSpeedError, match="needs the value"):
        read_secret("DSN", "//b:x", parent)
    assert _run(["DSN", "--", *_asking(parent)], {"DSN": "x"}, parent) == 0


def test_one_at_a_time(parent: str, capfd: pytest.CaptureFixture[str]) -> None:
    first = [sys.executable, "-c", "import time; time.sleep(60)"]
    program = (
        "import sys, os; sys.path[:0] = [sys.argv[1]]\n"
        "from rules_codspeed.secrets.main import with_secrets\n"
        "with_secrets(sys.argv[3:], os.environ, sys.argv[2])"
    )
    command = [sys.executable, "-c", program, _IMPORTS, parent, "DSN", "--", *first]
    with subprocess.Popen(command, env={**os.environ, "DSN": "x"}) as process:
        end = time.monotonic() + 20
        while not Path(secret.socket_path("DSN", parent)).exists() and time.monotonic() < end:
            time.sleep(0.02)
        assert _run(["DSN", "--", "true"], {"DSN": "y"}, parent) == 1
        assert "is offered already" in capfd.readouterr().err
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_others_may_enter(
    parent: str, mode: int, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = Path(secret.folder(parent))
    folder.mkdir()
    folder.chmod(mode)
    assert _run(["DSN", "--", "true"], {"DSN": "x"}, parent) == 1
    assert "cannot be offered" in capfd.readouterr().err
    with pytest.raises(CodSpeedError, match="needs the value"):
        read_secret("DSN", "//b:x", parent)


def test_another_user_gets_nothing(parent: str) -> None:
    if os.geteuid():
        pytest.skip("needs root, to be another user")
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if subprocess.run([*other, "true"], capture_output=True).returncode:
        pytest.skip("this sandbox has no other user")
    Path(parent).chmod(0o755)
    path = secret.socket_path("DSN", parent)
    open_up = f"chmod 755 {secret.folder(parent)}; chmod 777 {path}"
    ask = f"import socket; s = socket.socket(1); s.connect('{path}'); assert s.recv(9) == b''"
    script = f'{open_up}; {" ".join(other)} {sys.executable} -c "{ask}"'
    assert _run(["DSN", "--", "sh", "-c", script], {"DSN": "x"}, parent) == 0


@pytest.mark.parametrize(
    ("variables", "got"),
    [
        ({}, "no value"),
        ({"DSN": ""}, "no value"),
        ({"DSN": "x" * 65537}, "more than 65536 bytes"),
        # As os.environ has a byte that is not UTF-8.
        ({"DSN": "s3cret\udcff"}, "bytes that are not UTF-8"),
    ],
)
def test_a_variable_that_cannot_be_offered(
    parent: str, variables: Mapping[str, str], got: str
) -> None:
    with pytest.raises(CodSpeedError) as caught:
        with_secrets(["DSN", "--", "true"], variables, parent)
    assert caught.value.got == got


def test_a_command_that_is_not_there(parent: str) -> None:
    with pytest.raises(CodSpeedError, match="cannot be started"):
        with_secrets(["DSN", "--", "/no/such"], {"DSN": "x"}, parent)
    assert os.listdir(secret.folder(parent)) == []


def test_command_lines() -> None:
    read = parse_options(["A", "B", "A", "--", "bazel", "test", "--", "x"])
    assert read == Options(["A", "B"], ["bazel", "test", "--", "x"])


@pytest.mark.parametrize(
    ("arguments", "got"),
    [
        ([], "no name of a variable"),
        (["A"], "no command, and no -- before it"),
        (["A", "--"], "no command"),
        (["--", "x"], "no name of a variable"),
        (["a-b", "--", "x"], "the name 'a-b'"),
        (["A" * 61, "--", "x"], "the name 'AAA"),
    ],
)
def test_wrong_command_lines(arguments: list[str], got: str) -> None:
    with pytest.raises(CodSpeedError) as caught:
        parse_options(arguments)
    assert caught.value.got.startswith(got)
