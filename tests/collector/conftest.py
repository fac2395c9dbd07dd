"""Collectors for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.server import Server, serve


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One collector for the tests of a file, which do not disturb each other."""
    with serve(tmp_path_factory.mktemp("shared") / "data") as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A collector of one test's own."""
    with serve(tmp_path / "data") as started:
        yield started
