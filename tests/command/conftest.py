"""A suite in a checkout, and a collector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector import server as collectors
from tests.command.commands import Command


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[collectors.Server]:
    with collectors.serve(tmp_path / "collected", "--allow-faults") as server:
        yield server
