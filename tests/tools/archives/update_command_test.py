"""The command that adds a version: its arguments, the order of the table, two commands at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.tools.archives.checkout import NEW, SCRIPT, Checkout, refused
from tests.tools.archives.releases import serve_runner, small_document, table_json
from tests.tools.archives.server import Server
from tools.archives import update


@pytest.mark.parametrize("version", ["../4.0.0", "latest", "v5.0.2", "5.0.2 ", "5/2"])
def test_what_is_no_version(checkout: Checkout, server: Server, version: str) -> None:
    text = refused(checkout, checkout.add(server.url + "/{path}", version=version))
    assert "no such version of codspeed-runner" in text
    assert server.requests == []


def test_an_unknown_tool(checkout: Checkout) -> None:
    text = refused(checkout, checkout.run("--tool", "perf", "--version", "1.0"))
    assert re.search(r"unknown tool\. Got: 'perf'\. Expected: one of .*codspeed-runner", text)


def test_without_a_tool_the_table_is_put_in_order(checkout: Checkout) -> None:
    document = small_document()
    document["builds"].reverse()
    for build in document["builds"]:
        build["releases"].reverse()
    checkout.table.write_text(table_json(document))
    status, text = checkout.run()
    assert (status, text) == (0, "")
    assert checkout.table.read_text() == table_json(small_document())


def test_a_generator_that_fails_is_reported(checkout: Checkout) -> None:
    (checkout.root / "tools/generate_tables.py").write_text("raise SystemExit('out of order')\n")
    status, text = checkout.run()
    assert status == 1
    assert "out of order" in text
    assert "Fix: run python3 tools/generate_tables.py." in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tool", "runner"],
        ["--version", NEW],
        ["--tool", "runner", "--version", NEW, "--allow-new-installer-hash", SCRIPT],
        ["--tool", "runner", "--version", NEW, "--source", "me"],
        ["--tool=runner", "--version=1", "--allow-new-installer-hash=ab", "--source=me"],
        ["--tool=runner", "--version=1", "--from=https://mirror.example/{sha256}"],
    ],
)
def test_wrong_arguments(checkout: Checkout, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        checkout.run(*arguments)


def test_a_wrong_mirror(checkout: Checkout) -> None:
    assert "the mirror cannot be used" in refused(
        checkout, checkout.add("http://mirror.example/{path}")
    )


def test_started_without_bazel(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUILD_WORKSPACE_DIRECTORY")
    status, text = checkout.run()
    assert status == 1
    assert "start the command with 'bazel run'" in text


def test_two_at_once_lose_nothing(checkout: Checkout, server: Server) -> None:
    versions = [NEW, "4.13.0", "4.14.0"]
    templates = [serve_runner(server, version) for version in versions]
    command = [sys.executable, "-m", update.__name__, "--trust-first-use", "--tool", "runner"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        subprocess.Popen(
            [*command, "--version", version, "--from", template],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for version, template in zip(versions, templates, strict=True)
    ]
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, printed
    assert [len(checkout.releases(version)) for version in versions] == [1] * 3
