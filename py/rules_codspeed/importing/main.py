"""Makes results and provenance of files that another tool wrote. Entry of CodSpeedImport."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Isolated mode (-I) does not search the folder of the script. Not resolved: in a sandbox this
    # file is a link, but its neighbours are beside the link.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 3)[0])
    from rules_codspeed.contract.import_path import use_import_path

    use_import_path(sys.argv[1:])

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rules_codspeed.contract.accounting import reason_text
from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.import_path import add_import_path_option
from rules_codspeed.contract.provenance import Imported, ImportedFile
from rules_codspeed.contract.values import is_measured, shown
from rules_codspeed.importing.found import Found, ResultsFile, Timed, shortened
from rules_codspeed.importing.provenance import imported_provenance
from rules_codspeed.importing.registry import FORMATS, read_files
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured, merge
from rules_codspeed.results.walltime_metrics import MAX, MEAN, MEDIAN

_MODE = "walltime"


def import_results(label: str, name: str, files: Sequence[ResultsFile], version: str) -> Results:
    """Returns the results that files of a format have.

    Args:
      label: of the target that imports them.
      name: of the format, one of FORMATS.
      files: to read.
      version: of rules_codspeed.

    Raises:
      CodSpeedError: a file has another form, a benchmark occurs twice, took no time or has a
        number that results cannot hold, or there is none.
    """
    found = read_files(name, files)
    _check(name, files, found)
    imported = Imported(list(map(_stated, files)), found.tool, found.cpu)
    provenance = imported_provenance(label, _MODE, name, version, imported)
    benchmarks = [
        Benchmark(one.uri, label, _MODE, one.metrics, one.rounds_ns) for one in found.benchmarks
    ]
    skipped = [
        Unmeasured(name, label, _MODE, "skipped", reason_text(reason) or "its tool gives no reason")
        for name, reason in found.skipped.items()
    ]
    return merge([Results(SCHEMA, benchmarks, [provenance], unmeasured=skipped)])


def _stated(file: ResultsFile) -> ImportedFile:
    return ImportedFile(file.name, hashlib.sha256(file.read()).hexdigest())


def _check(name: str, files: Sequence[ResultsFile], found: Found) -> None:
    if not found.benchmarks:
        raise CodSpeedError(
            f"{files[0].name if files else 'the attribute results'} has no benchmark to import",
            got=f"{len(files)} files without a time of format {name}"
            + (f", and {len(found.skipped)} skipped benchmarks" if found.skipped else ""),
            expected="one benchmark at least",
            fix="see whether the tool ran any, and name the format of the file",
        )
    places: dict[str, str] = {}
    for one in found.benchmarks:
        if one.uri in places:
            raise CodSpeedError(
                f"the benchmark {shortened(one.uri)!r} is there twice",
                got=f"{places[one.uri]} and {one.place}",
                expected="one result for each name",
                fix="give each benchmark a name of its own, or import the files by several targets",
            )
        places[one.uri] = one.place
        if one.uri in found.skipped:
            raise CodSpeedError(
                f"the benchmark {shortened(one.uri)!r} is both measured and skipped",
                got=f"times, at {one.place}, and a skip: "
                f"{shortened(found.skipped[one.uri]) or 'its tool gives no reason'}",
                expected="one of both for each name",
                fix="let the benchmark run or be skipped in all repetitions, give each benchmark "
                "a name of its own, or import the files by several targets",
            )
        _check_numbers(one)
        if not any(one.metrics.get(metric) for metric in (MEDIAN, MEAN, MAX)):
            raise CodSpeedError(
                f"the benchmark {shortened(one.uri)!r} took no time",
                got=f"times that are all zero, at {one.place}",
                expected="one that is more",
                fix="let the benchmark do something, or leave it out of the file",
            )


def _check_numbers(one: Timed) -> None:
    """Checks what every reader of results checks: a sum of right numbers may be out of range."""
    numbers = [*one.metrics.items()]
    numbers += [("a round", time) for times in one.rounds_ns for time in times]
    for name, value in numbers:
        if not is_measured(value):
            raise CodSpeedError(
                f"the benchmark {shortened(one.uri)!r} has a number that nothing measures",
                got=f"{name} {shown(value)}, at {one.place}",
                expected="a number from 0 to below 10^21",
                fix="import the file as the tool wrote it, or leave the benchmark out of it",
            )


def _run(arguments: Sequence[str] | None) -> None:
    parser = Parser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--label", required=True, help="of the target that imports")
    parser.add_argument("--format", choices=FORMATS, required=True, help="of the files")
    parser.add_argument(
        "--file",
        nargs=2,
        action="append",
        default=[],
        metavar=("PATH", "NAME"),
        help="a file to read, and its path in the workspace",
    )
    parser.add_argument("--rules-version", required=True, help="of rules_codspeed")
    parser.add_argument("--provenance", required=True, help="provenance.json to write")
    parser.add_argument("--output", required=True, help="results.json to write")
    parser.add_argument("--log", required=True, help="log to write")
    parser.add_argument("--profile", required=True, help="folder to make: it stays empty")
    add_import_path_option(parser)
    options = parser.parse_args(arguments)
    files = [ResultsFile(Path(path), name) for path, name in options.file]
    try:
        results = import_results(options.label, options.format, files, options.rules_version)
    except CodSpeedError as error:
        raise error.about(options.label) from error
    Path(options.profile).mkdir(parents=True, exist_ok=True)
    (provenance,) = results.provenance
    write_document(options.provenance, provenance)
    Path(options.output).write_text(results.to_json(), encoding="utf-8")
    lines = [f"{len(results.benchmarks)} benchmarks of {len(files)} files, format {options.format}"]
    lines += [f"skipped: {one.uri}: {one.reason}" for one in results.unmeasured]
    Path(options.log).write_text("\n".join([*lines, ""]), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    return run_entry(lambda: _run(arguments))


if __name__ == "__main__":
    sys.exit(main())
