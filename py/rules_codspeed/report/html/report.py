"""Writes a report: one HTML file that needs no network, or one with graphs in files beside it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.html.details import Page, details, document
from rules_codspeed.report.html.history import Runs
from rules_codspeed.report.html.model import ReportModel, Trees
from rules_codspeed.report.html.names import FrameNames
from rules_codspeed.report.html.overview import facts, keys, overview
from rules_codspeed.report.html.text import packed
from rules_codspeed.results.changes import SHOWN, Change, Key
from rules_codspeed.results.model import Benchmark, Results

_ASSETS = Path(__file__).absolute().parent / "assets"
# Beside `py`, in the repository as in runfiles.
_THIRD_PARTY = Path(__file__).absolute().parents[4] / "third_party"
_D3 = _THIRD_PARTY / "d3"
SCRIPTS = (
    "elements", "numbers", "data", "state", "strip", "rows", "changed", "packages", "treemap",
    "overview", "trend", "rounds", "timeline", "queries", "benchmark", "frames", "calltree",
    "flame", "functions", "exports", "pprof", "graph", "route",
)  # fmt: skip
"""Our scripts, in the order in which they run."""
_STYLES = ("report", "overview", "benchmark", "print")

_MANY = 1000
"""With more benchmarks, only those that changed have pages with history and graph in the file."""
FACTS_OF_A_BLOCK = 200
"""As in data.js."""
_LARGEST_DETAILS = 18_000_000
"""Bytes of all benchmarks' details: with all else a report stays below 25 MB."""
_LARGEST_OF_MANY = 4_000_000
"""Likewise where there are many: below 6 MB."""
_GRAPHS = "graphs"
_GRAPH_FILE = re.compile(r"[0-9a-f]{20}\.txt")
_SLOT = re.compile(r"\{\{([a-z0-9-]+)\}\}")


def write_report(model: ReportModel, path: Path) -> None:
    """Writes a report as one file; see `output_file`.

    Raises:
      OSError: it cannot be written.
    """
    with output_file(path) as file:
        for part in report(model):
            file.write(part.encode())


def write_folder(model: ReportModel, folder: Path) -> None:
    """Writes a report whose graphs are in files of their own, which the page asks for.

    The page is complete whenever it is there; files of an earlier report that it does not name are
    removed.

    Args:
      model: of the report.
      folder: gets `index.html` and a folder `graphs`.

    Raises:
      OSError: it cannot be written.
    """
    graphs = folder / _GRAPHS
    graphs.mkdir(parents=True, exist_ok=True)
    written = set()

    def beside(text: str) -> str:
        name = f"{hashlib.sha256(text.encode()).hexdigest()[:20]}.txt"
        with output_file(graphs / name) as file:
            file.write(text.encode())
        written.add(name)
        return f"{_GRAPHS}/{name}"

    with output_file(folder / "index.html") as file:
        for part in report(model, beside):
            file.write(part.encode())
    for old in graphs.iterdir():
        if _GRAPH_FILE.fullmatch(old.name) and old.name not in written:
            old.unlink()


def graphed(results: Results, changes: Sequence[Change]) -> set[Key] | None:
    """Returns which benchmarks have a history and a graph in a report of one file; None for all.

    Args:
      results: of the run.
      changes: of its benchmarks.
    """
    if len(keys(ReportModel("", results, changes=changes))) <= _MANY:
        return None
    return {one.key for one in changes if one.verdict in SHOWN}


def report(model: ReportModel, beside: Callable[[str], str] | None = None) -> Iterator[str]:
    """Yields the parts of a report.

    Whatever comes from outside, such as names of benchmarks, is in data blocks, which no
    browser runs, and is shown as text. The policy of the page allows our scripts by their
    hashes, and nothing else.

    Args:
      model: what to show.
      beside: keeps what the page of one benchmark needs, and returns its address relative to the
        page; None to keep it in the page.
    """
    scripts = [_text(_D3 / "d3.min.js"), *(_text(_ASSETS / f"{one}.js") for one in SCRIPTS)]
    slots = {
        "policy": _policy(scripts, connects=beside is not None),
        "style": "\n".join(_text(_ASSETS / f"{one}.css") for one in _STYLES),
        "licences": _plain(_text(_D3 / "LICENSE")),
        "scripts": "\n".join(f"<script>{one}</script>" for one in scripts),
    }
    before, _, after = _text(_ASSETS / "report.html").partition("{{data}}")
    yield _filled(before, slots)
    yield from _pages_beside(model, beside) if beside else _pages_within(model)
    yield from _facts(model)
    yield _filled(after, slots)


def _pages_within(model: ReportModel) -> Iterator[str]:
    """Yields the data blocks: of each benchmark that has one, and of all together."""
    ordered = keys(model)
    changed = graphed(model.results, model.changes)
    with_page = set(ordered) if changed is None else changed
    names, runs = FrameNames(), Runs(len(ordered))
    measured = _measured(model)
    most = _LARGEST_DETAILS if changed is None else _LARGEST_OF_MANY
    largest = most // max(1, len(with_page))
    graphs = {}
    for at, key in enumerate(ordered):
        if key not in with_page:
            graphs[at] = "left out"
        elif text := details(_page(model, key, measured, runs), names, largest):
            graphs[at] = "here"
            yield _block(f"details-{at}", text)
    yield _block("names", names.packed())
    yield _block("runs", packed(runs.table()))
    yield _block("overview", packed(overview(model, graphs)))


def _pages_beside(model: ReportModel, beside: Callable[[str], str]) -> Iterator[str]:
    """Yields the data block of all benchmarks together; keeps the others."""
    measured = _measured(model)
    graphs = {}
    for at, key in enumerate(keys(model)):
        names, runs = FrameNames(), Runs(1)
        if found := document(_page(model, key, measured, runs), names):
            alone = {"names": names.table(), "runs": runs.table()}
            graphs[at] = beside(packed(found | alone))
    yield _block("overview", packed(overview(model, graphs)))


def _facts(model: ReportModel) -> Iterator[str]:
    """Yields data blocks of many benchmarks each: one is unpacked where a page needs it."""
    found = facts(model)
    for start in range(0, len(found), FACTS_OF_A_BLOCK):
        block = found[start : start + FACTS_OF_A_BLOCK]
        yield _block(f"facts-{start // FACTS_OF_A_BLOCK}", packed(block))


def _measured(model: ReportModel) -> Mapping[Key, Benchmark]:
    return {(one.label, one.mode, one.uri): one for one in model.results.benchmarks}


def _page(model: ReportModel, key: Key, measured: Mapping[Key, Benchmark], runs: Runs) -> Page:
    before = model.before[key].rounds_ns if key in model.before else ()
    series = runs.series(key[1], model.history.get(key, {}))
    now = measured.get(key)
    trees = model.trees.get(key, Trees())
    if now is None:
        return Page(series, trees, (before, ()))
    return Page(series, trees, (before, now.rounds_ns), now.timeline, now.queries)


def _block(name: str, text: str) -> str:
    return f'<script type="application/json" id="{name}">{text}</script>\n'


def _policy(scripts: Iterable[str], connects: bool) -> str:
    """Returns the content security policy: these scripts, styles in the file, nothing else.

    Args:
      scripts: of the page.
      connects: whether it asks for files beside it.
    """
    digests = (hashlib.sha256(one.encode()).digest() for one in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests)
    connect = "connect-src 'self'; " if connects else ""
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        f"{connect}base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _filled(page: str, slots: Mapping[str, str]) -> str:
    """Puts texts into their places in one pass: no text is searched for places."""
    return _SLOT.sub(lambda found: slots[found[1]], page)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
