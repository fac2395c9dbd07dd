#!/usr/bin/env python3
"""Makes the pictures of README.md and docs from real runs: the table as SVG, the report as PNG.

CONTRIBUTING.md lists the commands. Chromium takes the screenshot of the report.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
TABLE = "table.svg"

_RULE = "─"
_INDENT = "  "
_FONT_SIZE = 13
_CHARACTER = 7.8  # width of one in px, whatever the font: `textLength` sets it
_LINE = 19
_MARGIN = 16
_COLOURS = {"ground": "#0d1117", "text": "#d7dce2", "strong": "#ffffff", "faint": "#8b949e"}
_PATIENCE_MS = 10_000  # of a page that unpacks its data


class Shot(NamedTuple):
    """A picture of a report: file, page (a key of the pages asked for), size in px, and scheme."""

    file: str
    page: str
    width: int
    height: int
    dark: bool = False


SHOTS = (
    Shot("report.png", "first", 1100, 900),
    Shot("report-dark.png", "first", 1100, 900, dark=True),
    Shot("report-benchmark.png", "benchmark", 1100, 1250),
    Shot("report-python.png", "python", 1100, 1300),
    Shot("report-narrow.png", "benchmark", 540, 1100),
)


class PictureError(Exception):
    """A picture cannot be made; the message states the next step."""


def shortened(table: str, rows: int) -> list[str]:
    """Returns the lines of a table with at most some rows of each package.

    Args:
      table: what `bazel run //:bench_codspeed` prints.
      rows: the most benchmarks of a package; a line states how many follow them.

    Raises:
      PictureError: the text is not such a table.
    """
    lines = table.rstrip("\n").split("\n")
    if not any(line.startswith(_RULE) for line in lines):
        raise PictureError("no table in the text. Pass what bazel run //:bench_codspeed printed.")
    kept: list[str] = []
    seen = 0
    for line in [*lines, ""]:
        if line.startswith(_INDENT):
            seen += 1
            if seen > rows:
                continue
        elif seen:
            if seen > rows:
                kept.append(f"{_INDENT}… {seen - rows} more")
            seen = 0
        kept.append(line)
    return kept[:-1]


def _style(line: str, number: int, last_rule: int) -> str:
    """Returns how a line looks, as the command shows it in a terminal."""
    if number == 0 or line.startswith("//"):
        return f'fill="{_COLOURS["strong"]}" font-weight="bold"'
    if number > last_rule and line and not line.startswith(_INDENT):
        return f'fill="{_COLOURS["faint"]}"'
    return f'fill="{_COLOURS["text"]}"'


def table_svg(lines: list[str]) -> str:
    """Returns an SVG that shows lines of a terminal. It names no font file and no address."""
    last_rule = max(number for number, line in enumerate(lines) if line.startswith(_RULE))
    longest = max(map(len, lines))
    width = round(2 * _MARGIN + longest * _CHARACTER)
    height = 2 * _MARGIN + len(lines) * _LINE
    shapes = []
    for number, line in enumerate(lines):
        y = _MARGIN + number * _LINE + _FONT_SIZE
        if line.startswith(_RULE):
            shapes.append(
                f'<path d="M{_MARGIN} {y - 4}h{len(line) * _CHARACTER:.1f}" '
                f'stroke="{_COLOURS["faint"]}"/>'
            )
        elif line:
            start = len(line) - len(line.lstrip())
            text = line[start:]
            shapes.append(
                f'<text x="{_MARGIN + start * _CHARACTER:.1f}" y="{y}" '
                f'textLength="{len(text) * _CHARACTER:.1f}" '
                f"{_style(line, number, last_rule)}>{escape(text)}</text>"
            )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img">',
            "<title>The table of a run</title>",
            "<style>text { white-space: pre; "
            f"font: {_FONT_SIZE}px ui-monospace, Menlo, Consolas, monospace; }}</style>",
            f'<rect width="100%" height="100%" rx="6" fill="{_COLOURS["ground"]}"/>',
            *shapes,
            "</svg>\n",
        ]
    )


def take_screenshot(report: Path, page: str, shot: Shot, picture: Path) -> None:
    """Writes what a browser shows of a page of a report.

    Args:
      report: the HTML file.
      page: the fragment of its address; empty for the first page.
      shot: size and scheme.
      picture: the PNG to write.

    Raises:
      PictureError: there is no Chromium, or it takes no screenshot.
    """
    chromium = shutil.which("chromium")
    if not chromium:
        raise PictureError("chromium is not installed. Run: apt-get install chromium")
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch, "report.png")
        run = subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--hide-scrollbars"),
                *(f"--user-data-dir={scratch}/profile", f"--virtual-time-budget={_PATIENCE_MS}"),
                f"--window-size={shot.width},{shot.height}",
                f"--blink-settings=preferredColorScheme={0 if shot.dark else 1}",
                *(f"--screenshot={made}", f"{report.resolve().as_uri()}#{page}"),
            ],
            capture_output=True,
            text=True,
        )
        if not made.is_file():
            raise PictureError(f"chromium wrote no screenshot:\n{run.stderr.strip()[-2000:]}")
        shutil.copyfile(made, picture)


def main(arguments: list[str]) -> int:
    """Makes the pictures that are asked for; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--table", type=Path, metavar="FILE", help="the output of the run")
    parser.add_argument("--report", type=Path, metavar="FILE", help="its report")
    for page, what in (("benchmark", "of a benchmark"), ("python", "of a Python benchmark")):
        parser.add_argument(
            f"--{page}",
            metavar="FRAGMENT",
            help=f"the page {what}, as in the address of the report after #",
        )
    parser.add_argument("--rows", type=int, default=8, help="benchmarks of each package to show")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the pictures")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        if options.table:
            lines = shortened(options.table.read_text(encoding="utf-8"), options.rows)
            (options.out / TABLE).write_text(table_svg(lines), encoding="utf-8")
        if options.report:
            pages = {"first": "", "benchmark": options.benchmark, "python": options.python}
            for shot in SHOTS:
                if (page := pages[shot.page]) is not None:
                    take_screenshot(options.report, page, shot, options.out / shot.file)
    except (PictureError, OSError) as error:
        print(f"update_pictures: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
