"""Nothing of the machine's proxies and passwords reaches these tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.archives.checkout import Checkout
from tests.tools.archives.server import Server


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Checkout:
    """Makes a checkout that the command finds, as if Bazel had started it."""
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path / "checkout"))
    return Checkout(tmp_path / "checkout", capsys)
