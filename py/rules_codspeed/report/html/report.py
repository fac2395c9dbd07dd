"""Writes a report as one HTML file that needs no network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.html.details import details
from rules_codspeed.report.html.history import Runs
from rules_codspeed.report.html.model import ReportModel, Trees
from rules_codspeed.report.html.names import FrameNames
from rules_codspeed.report.html.overview import keys, overview
from rules_codspeed.report.html.text import packed, script_json

_ASSETS = Path(__file__).absolute().parent / "assets"
# Beside `py`, in the repository as in runfiles.
_THIRD_PARTY = Path(__file__).absolute().parents[4] / "third_party"
_LIBRARIES = {
    "d3": _THIRD_PARTY / "d3" / "d3.min.js",
    "d3-flame-graph": _THIRD_PARTY / "d3-flame-graph" / "d3-flamegraph.umd.min.js",
}
_LICENCES = (_THIRD_PARTY / "d3" / "LICENSE", _THIRD_PARTY / "d3-flame-graph" / "LICENSE")

_LARGEST_DETAILS = 18_000_000
"""Bytes of all benchmarks' details: with all else a report stays below 25 MB."""
_SLOT = re.compile(r"\{\{([a-z0-9-]+)\}\}")


def write_report(model: ReportModel, path: Path) -> None:
    """Writes a report; see `output_file`.

    Raises:
      OSError: it cannot be written.
    """
    with output_file(path) as file:
        for part in report(model):
            file.write(part.encode())


def report(model: ReportModel) -> Iterator[str]:
    """Yields the parts of a report.

    Whatever comes from outside, such as names of benchmarks, is in data blocks, which no
    browser runs, and is shown as text. The policy of the page allows our scripts by their
    hashes, and nothing else.
    """
    scripts = {name: _text(file) for name, file in _LIBRARIES.items()}
    scripts |= {name: _text(_ASSETS / f"{name}.js") for name in ("report", "flame")}
    slots = {
        "policy": _policy(scripts.values()),
        "style": _text(_ASSETS / "report.css"),
        "licences": "\n\n".join(_plain(_text(file)) for file in _LICENCES),
        **scripts,
    }
    before, _, after = _text(_ASSETS / "report.html").partition("{{data}}")
    yield _filled(before, slots)
    with_details = []
    ordered = keys(model)
    names, runs = FrameNames(), Runs(len(ordered))
    largest = _LARGEST_DETAILS // max(1, len(ordered))
    for at, key in enumerate(ordered):
        series = runs.series(key[1], model.history.get(key, {}))
        text = details(model.trees.get(key, Trees()), series, names, largest)
        if text:
            with_details.append(at)
            yield _block(f"details-{at}", text)
    yield _block("names", names.packed())
    yield _block("runs", packed(runs.table()))
    yield _block("overview", script_json(overview(model, with_details)))
    yield _filled(after, slots)


def _block(name: str, text: str) -> str:
    return f'<script type="application/json" id="{name}">{text}</script>\n'


def _policy(scripts: Iterable[str]) -> str:
    """Returns the content security policy: these scripts, styles in the file, nothing else."""
    digests = (hashlib.sha256(one.encode()).digest() for one in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _filled(page: str, slots: Mapping[str, str]) -> str:
    """Puts texts into their places in one pass: no text is searched for places."""
    return _SLOT.sub(lambda found: slots[found[1]], page)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
