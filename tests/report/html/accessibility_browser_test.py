"""What axe-core finds on the pages of a report: nothing, in light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.html.browser import Page
from tests.report.html.models import full_model, model_of
from tests.report.html.pages import SORT, needs_browser, shown

pytestmark = needs_browser

AXE = Path(__file__).parents[3] / "third_party/axe-core/axe.min.js"
FINDINGS = """axe.run().then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`))"""
UNFOLDED = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
# The layout moves nothing after the page is shown: the metric of web.dev/cls, which should be 0.
SHIFTS = """new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 200);
})"""


@pytest.mark.parametrize("fragment", ["", SORT, "#b3"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1300), ("dark", 420)])
def test_axe_finds_nothing(full: Page, fragment: str, scheme: str, width: int) -> None:
    full.resize(width, 900)
    full.prefer(scheme)
    full.follow(fragment)
    full.run(UNFOLDED)
    full.run(f"{AXE.read_text(encoding='utf-8')};0")
    assert full.run(FINDINGS) == []


def test_a_page_without_a_base(page: Page, tmp_path: Path) -> None:
    for plain in shown(page, tmp_path, model_of([f"a.cc::b[{at}]" for at in range(30)])):
        plain.run(f"{AXE.read_text(encoding='utf-8')};0")
        assert plain.run(FINDINGS) == []


@pytest.mark.parametrize("fragment", ["", SORT])
def test_nothing_moves_once_it_is_shown(page: Page, tmp_path: Path, fragment: str) -> None:
    for moved in shown(page, tmp_path, full_model(), fragment):
        assert moved.run(SHIFTS) < 0.1
