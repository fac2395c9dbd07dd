"""Shows, compares and keeps what CodSpeed's runner measured.

`bazel run @rules_codspeed//tools:import -- PROFILE... [options]`: each profile becomes a target of
a suite, whose command does the rest.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from rules_codspeed.command import bench
from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.provenance import ImportedFile
from rules_codspeed.contract.suite import MeasuredTarget, SuiteManifest
from rules_codspeed.intake.profile import read_results
from rules_codspeed.profiles.archive import unpacked
from rules_codspeed.profiles.files import files_of, opened
from rules_codspeed.results.model import Results

_LABEL = "//:codspeed"
_WHOLE_LABEL = re.compile(r"(?:@[\w.+~-]*)?//[\w./+~-]*:[\w./+=,@~-]+", re.ASCII)
_BLOCK = 1 << 20  # bytes


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line, but for what it passes on."""
    found = CommandParser(
        prog="bazel run @rules_codspeed//tools:import -- PROFILE...",
        description="Shows, compares and keeps what CodSpeed's runner measured. Each PROFILE is a "
        "folder or an archive of one mode. All other options are those of a suite's command, such "
        "as --compare, --report and --out.",
        allow_abbrev=False,
    )
    found.add_argument(
        "--label",
        type=_label,
        default=_LABEL,
        help=f"of the target that the benchmarks get ({_LABEL})",
    )
    found.add_argument(
        "--suite",
        type=_label,
        help="whose history keeps the numbers, and is compared with; by default the label",
    )
    found.add_argument("--rules-version", default="", help=argparse.SUPPRESS)
    return found


def _label(text: str) -> str:
    if _WHOLE_LABEL.fullmatch(text) and ".." not in text:
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not a label such as {_LABEL}")


def run(arguments: Sequence[str], here: Path) -> int:
    """Runs the command line; returns the exit status.

    Raises:
      CodSpeedError: a profile cannot be imported.
      OSError: a file cannot be read or written.
    """
    options, others = parser().parse_known_args(arguments)
    paths = list(takewhile(lambda one: not one.startswith("-"), others))
    if not paths:
        parser().error("name the profiles, before options of a suite's command")
    with contextlib.ExitStack() as opened_folders, tempfile.TemporaryDirectory() as scratch:
        targets = []
        for number, path in enumerate(paths):
            folder = opened_folders.enter_context(unpacked(here / path, path))
            file = ImportedFile(path, _digest(here / path))
            results = read_results(folder, file, options.label, options.rules_version)
            targets.append(_target(results, folder.absolute(), Path(scratch, str(number))))
        _check_modes([one.mode for one in targets])
        manifest = Path(scratch, "manifest.json")
        write_document(str(manifest), SuiteManifest(1, options.suite or options.label, targets))
        return bench.main(["--manifest", str(manifest), "--skip-upload", *others[len(paths) :]])


def _target(results: Results, profile: Path, files: Path) -> MeasuredTarget:
    """Writes what a measuring rule makes."""
    files.mkdir()
    (how,) = results.provenance
    written = MeasuredTarget(
        label=how.label,
        mode=how.mode,
        profile=str(profile),
        provenance=f"{files}/provenance.json",
        results=f"{files}/results.json",
    )
    write_document(written.provenance, how)
    Path(written.results).write_text(results.to_json(), encoding="utf-8")
    return written


def _check_modes(modes: Sequence[str]) -> None:
    if len(set(modes)) == len(modes):
        return
    raise CodSpeedError(
        "these profiles cannot be imported together",
        got=f"modes {', '.join(modes)}",
        expected="one profile of each mode",
        fix="import them one by one, with another --label each",
    )


def _digest(path: Path) -> str:
    """Returns the SHA-256 of an archive, or of the names and contents of a folder."""
    digest = hashlib.sha256()
    for file in files_of(path) if path.is_dir() else [path]:
        if file != path:
            digest.update(f"{file.relative_to(path)}\0".encode("utf-8", "surrogateescape"))
        for block in _blocks(file):
            digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with opened(path) as stream:
        while block := stream.read(_BLOCK):
            yield block


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    here = Path(os.environ.get("BUILD_WORKING_DIRECTORY") or Path.cwd())
    return run_entry(lambda: run(given, here))


if __name__ == "__main__":
    sys.exit(main())
