"""Screenshots of reports that look alike on every machine, and golden ones in this folder.

`python3 -m tests.report.html.screenshots`, in the root of the repository and with `py` in
PYTHONPATH, takes the golden ones again. Look at what changed before you commit them.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rules_codspeed.report.html.model import ReportModel
from rules_codspeed.report.html.report import write_report
from tests.report.html.boxes import font
from tests.report.html.browser import Page, find_browser, open_browser
from tests.report.html.models import full_model, many_model

UPDATE = "PYTHONPATH=py:. python3 -m tests.report.html.screenshots"
FOLDER = Path(__file__).absolute().parent / "golden"
MOST = 0.01
"""Part of the pixels that may differ: browsers of other versions round edges in other ways."""

# All text, also of canvases, is of boxes. A font from memory needs no leave of the page's policy.
_BOXES = """
const bytes = Uint8Array.from(atob("{font}"), (one) => one.charCodeAt(0));
document.fonts.add(new FontFace("boxes", bytes.buffer));
const sheet = new CSSStyleSheet();
sheet.replaceSync("* { font-family: boxes !important; transition: none !important; }");
document.adoptedStyleSheets = [sheet];
const canvas = CanvasRenderingContext2D.prototype;
const { get, set } = Object.getOwnPropertyDescriptor(canvas, "font");
Object.defineProperty(canvas, "font", {
  get, set(value) { set.call(this, value.replace(/px .*/, "px boxes")); },
});
"""
# Counts pixels of which a channel differs by more than an eighth; all of images of other sizes.
_DIFFERENCE = """
Promise.all([{images}].map(async (one) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + one)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.getContext("2d").getImageData(0, 0, image.width, image.height);
})).then(([a, b]) => {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let count = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    if ([0, 1, 2].some((one) => Math.abs(a.data[at + one] - b.data[at + one]) > 32)) count += 1;
  }
  return count / (a.width * a.height);
})
"""


class Shot(NamedTuple):
    """A screenshot.

    Attributes:
      model: returns what the report shows.
      fragment: of the page in it.
      width: of the window, in pixels.
      scheme: `light` or `dark`.
    """

    model: Callable[[], ReportModel]
    fragment: str = ""
    width: int = 1100
    scheme: str = "light"


SHOTS = {
    "first": Shot(full_model),
    "benchmark": Shot(full_model, "#b2"),
    "dark": Shot(full_model, "#b2", scheme="dark"),
    "narrow": Shot(full_model, "#b2", width=420),
    "many": Shot(lambda: many_model(10_000)),
}


def with_boxes(page: Page) -> None:
    """Has a browser show every text of later pages in boxes, and dates in one time zone."""
    encoded = base64.b64encode(font()).decode()
    page.call("Page.addScriptToEvaluateOnNewDocument", source=_BOXES.replace("{font}", encoded))
    page.call("Emulation.setTimezoneOverride", timezoneId="UTC")
    page.call("Emulation.setLocaleOverride", locale="en-GB")


def take(page: Page, shot: Shot, folder: Path) -> bytes:
    """Returns a screenshot as PNG.

    Args:
      page: of a browser, after `with_boxes`.
      shot: what to show.
      folder: gets the report.
    """
    file = folder / "report.html"
    write_report(shot.model(), file)
    page.prefer(shot.scheme)
    page.resize(shot.width, 1000)
    page.open(file, shot.fragment)
    page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return base64.b64decode(page.call("Page.captureScreenshot", format="png")["data"])


def difference(page: Page, one: bytes, other: bytes) -> float:
    """Returns which part of the pixels of two pictures differs; leaves the report for that."""
    page.call("Page.navigate", url="about:blank")
    images = ",".join(f'"{base64.b64encode(png).decode()}"' for png in (one, other))
    return float(page.run(_DIFFERENCE.replace("{images}", images)))


def main() -> int:
    """Takes the golden ones again; returns the exit status."""
    browser = find_browser()
    if not browser:
        print("there is no Chromium on this machine", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_browser(browser, Path(scratch, "profile")) as page,
    ):
        with_boxes(page)
        for name, shot in SHOTS.items():
            (FOLDER / f"{name}.png").write_bytes(take(page, shot, Path(scratch)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
