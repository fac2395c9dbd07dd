"""Measures how long a report takes to be shown: `python3 tests/benchmarks/speed_page.py`.

The aim is 10,000 benchmarks in 1 s. It prints the time until the page is shown, and the processor
time of the page's thread, which other work on the machine changes less.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "py")]

from rules_codspeed.report.html.report import write_report  # noqa: E402
from tests.report.html.browser import Page, find_browser, open_browser  # noqa: E402
from tests.report.html.models import many_model  # noqa: E402

_BENCHMARKS = (1000, 10_000)
_LOOKS = 5


def _shown(page: Page, file: Path) -> tuple[float, float]:
    """Opens a report; returns the time until it is shown, and its thread's processor time."""
    # A page of its own process, whose time starts with it.
    page.call("Page.navigate", url="about:blank")
    start = time.perf_counter()
    page.open(file)
    return time.perf_counter() - start, page.thread_seconds()


def main() -> None:
    """Prints a row for each size of report."""
    browser = find_browser()
    if not browser:
        sys.exit("there is no Chromium on this machine")
    with (
        tempfile.TemporaryDirectory() as name,
        open_browser(browser, Path(name, "profile")) as page,
    ):
        page.resize(1300, 900)
        for count in _BENCHMARKS:
            file = Path(name, "report.html")
            write_report(many_model(count), file)
            looks = [_shown(page, file) for _ in range(_LOOKS)]
            wall, processor = (sorted(one)[_LOOKS // 2] for one in zip(*looks, strict=True))
            print(
                f"{count:6,} benchmarks  {file.stat().st_size / 1e6:4.1f} MB  "
                f"shown in {wall:.2f} s, {processor:.2f} s of processor time (medians)"
            )


if __name__ == "__main__":
    main()
