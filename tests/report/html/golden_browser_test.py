"""What pages look like, beside golden screenshots: text is boxes, so that fonts do not matter."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.report.html.browser import Page
from tests.report.html.pages import needs_browser
from tests.report.html.screenshots import (
    FOLDER,
    MOST,
    SHOTS,
    UPDATE,
    difference,
    take,
    with_boxes,
)

pytestmark = needs_browser


@pytest.fixture(scope="module")
def boxes(page: Page) -> Page:
    with_boxes(page)
    return page


@pytest.mark.parametrize("name", SHOTS)
def test_a_page_looks_as_it_did(boxes: Page, tmp_path: Path, name: str) -> None:
    golden = (FOLDER / f"{name}.png").read_bytes()
    taken = take(boxes, SHOTS[name], tmp_path)
    part = difference(boxes, golden, taken)
    kept = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", tmp_path)) / f"{name}.png"
    kept.write_bytes(taken)
    assert part <= MOST, f"{part:.1%} of {kept} differ. If that is right: {UPDATE}"


def test_what_a_person_would_see_is_a_difference(boxes: Page, tmp_path: Path) -> None:
    """Else the comparison could not fail."""
    light = (FOLDER / "benchmark.png").read_bytes()
    assert difference(boxes, light, light) == 0
    assert difference(boxes, light, (FOLDER / "dark.png").read_bytes()) > 0.5
    assert difference(boxes, light, (FOLDER / "first.png").read_bytes()) > MOST
    assert difference(boxes, light, (FOLDER / "narrow.png").read_bytes()) == 1
