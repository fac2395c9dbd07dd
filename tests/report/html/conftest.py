"""A browser that shows reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.html.browser import Page, open_browser
from tests.report.html.models import full_model
from tests.report.html.pages import BROWSER, shown


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert BROWSER
    with open_browser(BROWSER, tmp_path_factory.mktemp("browser")) as page:
        page.resize(1300, 900)
        yield page


@pytest.fixture
def full(page: Page, tmp_path: Path) -> Iterator[Page]:
    """Shows the first page of the full model; checks at the end that nothing went wrong."""
    yield from shown(page, tmp_path, full_model())
