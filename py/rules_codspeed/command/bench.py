"""The command of a suite, `bazel run //:suite -- [options]`: shows, exports, publishes."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rules_codspeed.command.options import Options, parse_options
from rules_codspeed.command.terminal import has_links
from rules_codspeed.command.watching import watch
from rules_codspeed.contract.errors import FAILED, CodSpeedError, error_text, run_entry
from rules_codspeed.contract.printing import print_json, print_message
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.report.collect import Locate, Suite, collect, read_suite
from rules_codspeed.report.export import check_replaceable, export
from rules_codspeed.results.changes import Change
from rules_codspeed.results.model import Results

if TYPE_CHECKING:
    from rules_codspeed.publish.bundle.bundle import Bundle
    from rules_codspeed.publish.session import Session


def _locator() -> Locate:
    """Returns the function that finds the file of a runfiles path."""
    from runfiles import Runfiles

    runfiles = Runfiles.Create()

    def locate(runfile: str) -> Path:
        found = runfiles.Rlocation(runfile) if runfiles else None
        if not found:
            raise CodSpeedError(
                f"no runfile {runfile}",
                got="no runfiles tree",
                expected="the suite started by Bazel",
                fix="start it with 'bazel run'",
            )
        return Path(found)

    return locate


def _out_folder(out: Path) -> Path:
    """Returns the absolute path of --out, without links.

    Raises:
      CodSpeedError: there is none, or the user is in that folder: a shell whose folder is
        replaced stays in the old one, which is deleted.
    """
    # 'bazel run' starts programs elsewhere.
    working = os.environ.get("BUILD_WORKING_DIRECTORY", "")
    try:
        here = Path(working).resolve()
        folder = Path(working, out).resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links before Python 3.13
        raise CodSpeedError(
            f"cannot use --out {out}",
            got=error,
            expected="a path that can be resolved",
            fix="choose another --out",
        ) from error
    if folder == here or folder in here.parents:
        raise CodSpeedError(
            f"cannot write --out {folder}",
            got=f"a folder that you are in, at {here}",
            expected="one that can be replaced as a whole",
            fix="choose a folder in it, or start from elsewhere",
        )
    return folder


def _show(
    suite: Suite,
    results: Results,
    changes: Sequence[Change],
    options: Options,
    stdout: TextIO,
) -> None:
    """Prints the results: on standard error where standard output is for events."""
    if options.format == "json":
        print_json(results.to_json(), stdout)
        return
    from rules_codspeed.report.table import print_table
    from rules_codspeed.report.view import View

    output = sys.stderr if options.events else stdout
    width = shutil.get_terminal_size().columns if output.isatty() else None
    pages = {}
    if options.report and has_links(output, os.environ):
        from rules_codspeed.command.reporting import pages as pages_of

        pages = pages_of(results, changes, options.report)
    view = View({one.key: one for one in changes}, options.sort, options.only_changed, pages)
    print_table(suite.label, results, output, width, view)


def _export(suite: Suite, results: Results, folder: Path, bundle: Path | None = None) -> None:
    export(suite, results, folder, bundle)
    count = len(suite.targets)
    print_message(f"Wrote the profiles and results of {count} targets to {folder}")


def _publish(
    session: Session,
    suite: Suite,
    results: Results,
    options: Options,
    stdout: TextIO,
    out: Path | None,
) -> None:
    """Publishes; with a folder for it, what is uploaded is kept there beside the results."""
    from rules_codspeed.command.choice import upload_folder
    from rules_codspeed.command.kept import record_uploaded
    from rules_codspeed.command.publishing import Publisher

    publisher = Publisher(options, session, stdout, upload_folder(session))
    if out is None:
        publisher.publish(suite, results, export=None)
        return
    folder = out

    def export_bundle(bundle: Bundle) -> None:
        if all(part.run_id for part in bundle.parts):
            record_uploaded(folder, bundle)
        else:
            _export(suite, results, folder, bundle.folder)

    publisher.publish(suite, results, export_bundle)


def _resume(session: Session, suite: Suite, options: Options, stdout: TextIO, folder: Path) -> None:
    from rules_codspeed.command.choice import upload_folder
    from rules_codspeed.command.kept import read_kept, record_uploaded
    from rules_codspeed.command.publishing import Publisher

    bundle = read_kept(folder)
    publisher = Publisher(options, session, stdout, upload_folder(session))
    try:
        publisher.resume(bundle, suite.label)
    finally:
        record_uploaded(bundle.folder.parent)


def _absolute(path: Path) -> Path:
    """Returns an absolute path: relative ones start where the user is, not the program."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), path).absolute()


def _located(options: Options) -> Options:
    """Returns the options with absolute paths of files."""
    return replace(
        options,
        token_file=options.token_file and _absolute(options.token_file),
        config=options.config and _absolute(options.config),
        resume=options.resume and _absolute(options.resume),
        report=options.report and _absolute(options.report),
        summary=options.summary and _absolute(options.summary),
        exports=[(name, _absolute(path)) for name, path in options.exports],
    )


def _run(options: Options, stdout: TextIO) -> int:
    """Does what the options ask for; returns the exit status."""
    from rules_codspeed.command.choice import choose_session, make_log
    from rules_codspeed.command.judging import judge, look_back
    from rules_codspeed.history.commits import Commits

    suite = read_suite(options.manifest, _locator())
    out = _out_folder(options.out) if options.out else None
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    log = make_log(options, os.environ, stdout)
    try:
        session = choose_session(options, os.environ, workspace, log)
        if session and options.resume:
            _resume(session, suite, options, stdout, options.resume)
            return 0
        results = collect(suite, options.allow_empty)
        suite = suite.measured(results)
        commits = Commits(workspace, os.environ)
        if out and not session:
            _export(suite, results, out)
        elif out:
            check_replaceable(out)
        if options.comment:
            from rules_codspeed.command.reviewing import check_reviewed

            check_reviewed(os.environ)
        try:
            compared = look_back(suite, results, options, workspace, commits, log)
        except CodSpeedError:
            # What to compare with is not there; what was measured is.
            _show(suite, results, (), options, stdout)
            raise
        _show(suite, results, compared.changes, options, stdout)
        judge(suite, results, compared, options, commits.measured().commit, log, stdout)
        if session:
            _publish(session, suite, results, options, stdout, out)
        if options.watch:
            return watch(suite.label, results, _measure_again(options), options.flags, workspace)
    except PublishError as error:
        log.error(error_text(error))
        return FAILED
    return FAILED if results.failed else 0


def _measure_again(options: Options) -> Callable[[], Results]:
    """Returns what reads the results that a build left in place of the earlier ones."""
    return lambda: collect(read_suite(options.manifest, _locator()), options.allow_empty)


def _open_missing_streams() -> None:
    """Opens the null device for the standard streams that were closed at the start."""
    for name, mode in [("stdin", "r"), ("stdout", "w"), ("stderr", "w")]:
        if getattr(sys, name) is None:
            # It stays open as long as the process, like the other streams.
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _interrupt(*_: object) -> None:
    """Lets SIGTERM, by which a CI cancels a job, end the command like Ctrl-C."""
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    _open_missing_streams()
    # The token would be in it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, _interrupt)
    return run_entry(lambda: _run(_located(parse_options(arguments, os.environ)), sys.stdout))


if __name__ == "__main__":
    sys.exit(main())
