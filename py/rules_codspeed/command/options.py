"""The command line of a suite. Variables are those of CodSpeed's own runner."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.contract.arguments import CommandParser
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.report.exports import formats
from rules_codspeed.report.view import Sort


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asks for. Paths are as they were given.

    Attributes:
      manifest: of the suite.
      format: what is printed: `table` or `json`.
      sort: the order of the table: `name` or `change`.
      only_changed: whether the table leaves out what did not change.
      watch: whether to measure again whenever a source changes.
      flags: of the builds of `watch`.
      out: folder that gets profiles, results, and what is uploaded.
      compare: a commit, a file or `none`; None: the commits that git suggests.
      report: HTML file to write.
      summary: Markdown file to write.
      comment: whether the change under review gets a comment and its commit a status.
      report_url: where the report can be read; None where it is not known.
      exports: files of other tools to write: format and path of each.
      dry_run: make all that would be uploaded, and send nothing.
      skip_upload: do not publish.
      resume: folder of an earlier run, whose upload is taken up again.
      upload_url: where uploads are announced; None: that of the profile, or CodSpeed's.
      api_url: of the GraphQL API; None as above.
      token_stdin: whether the token is read from standard input.
      token_file: file with the token.
      allow_empty: whether a suite without benchmarks is right.
      allow_failed: whether a run is published although something failed.
      allow_stock: whether numbers of the stock simulator are published.
      allow_mixed: whether numbers of machines with different contents are published.
      repository: `owner/name`, for a local run.
      provider: the host of that repository.
      project: name of the project on CodSpeed that a local run is to belong to.
      profile: of the user's configuration.
      runner_version: which version of CodSpeed's runner we speak as.
      config: the project's configuration, instead of the one that is found.
      events: whether standard output gets events in JSON, and nothing else.
      verbose: whether every detail is printed.
    """

    manifest: Path
    format: str
    sort: Sort
    only_changed: bool
    watch: bool
    flags: Sequence[str]
    out: Path | None
    compare: str | None
    report: Path | None
    summary: Path | None
    comment: bool
    report_url: str | None
    exports: Sequence[tuple[str, Path]]
    dry_run: bool
    skip_upload: bool
    resume: Path | None
    upload_url: str | None
    api_url: str | None
    token_stdin: bool
    token_file: Path | None
    allow_empty: bool
    allow_failed: bool
    allow_stock: bool
    allow_mixed: bool
    repository: str | None
    provider: str | None
    project: str | None
    profile: str | None
    runner_version: str | None
    config: Path | None
    events: bool
    verbose: bool


def parse_options(arguments: Sequence[str] | None, variables: Mapping[str, str]) -> Options:
    """Reads the command line, and variables for the options that it does not give.

    Args:
      arguments: None for those of the process.
      variables: the environment.

    Raises:
      CodSpeedError: a variable has a value that cannot be followed.
      SystemExit: the command line is wrong, as argparse has reported, or asks for help.
    """
    parser = _parser()
    found = parser.parse_args(arguments)
    if found.resume and found.out:
        parser.error("--resume sends what is kept, and writes no --out")
    if found.format == "json" and found.message_format == "json":
        parser.error("--format json and --message-format json both need standard output")
    if found.watch and (found.resume or found.dry_run or found.comment or found.out):
        parser.error("--watch shows what changed, and neither publishes nor writes --out")
    for _, path in found.export:
        if [other for _, other in found.export].count(path) > 1:
            parser.error(f"two --export write {path}; choose a path for each")
    return Options(
        manifest=found.manifest,
        format=found.format,
        sort=found.sort,
        only_changed=found.only == "changed",
        watch=found.watch,
        flags=found.flag,
        out=found.out,
        compare=found.compare,
        report=found.report,
        summary=found.summary,
        comment=found.comment,
        report_url=found.report_url,
        exports=found.export,
        dry_run=found.dry_run,
        skip_upload=found.skip_upload
        or found.watch
        or (_flag(variables, "CODSPEED_SKIP_UPLOAD") and not (found.resume or found.dry_run)),
        resume=found.resume,
        upload_url=found.upload_url or variables.get("CODSPEED_UPLOAD_URL") or None,
        api_url=found.api_url or variables.get("CODSPEED_API_URL") or None,
        token_stdin=found.token_stdin,
        token_file=found.token_file,
        allow_empty=found.allow_empty,
        allow_failed=found.allow_failed,
        allow_stock=found.allow_stock_simulator,
        allow_mixed=found.allow_mixed_machines,
        repository=found.repository or variables.get("CODSPEED_REPOSITORY") or None,
        provider=found.provider or variables.get("CODSPEED_PROVIDER") or None,
        project=found.project,
        profile=found.profile or variables.get("CODSPEED_PROFILE") or None,
        runner_version=found.runner_version,
        config=found.config,
        events=found.message_format == "json",
        verbose=found.verbose,
    )


def _flag(variables: Mapping[str, str], name: str) -> bool:
    """Returns a variable that is a flag: exactly `true` or `false`, as the runner takes it."""
    value = variables.get(name) or "false"
    if value not in ("true", "false"):
        raise CodSpeedError(
            f"the variable {name} is not a flag",
            got=repr(value),
            expected="true or false",
            fix="correct or unset it",
        )
    return value == "true"


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog="bazel run <suite> --",
        description="Shows what was measured, and publishes it to CodSpeed: in CI always, "
        "elsewhere if there is a token.",
    )
    parser.add_argument("--manifest", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="what to print"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="also copy profiles, results and what is uploaded into this folder",
    )
    parser.add_argument("--verbose", action="store_true", help="print every detail")
    _add_terminal(parser.add_argument_group("in a terminal"))
    _add_judging(parser.add_argument_group("judging"))
    _add_reviewing(parser.add_argument_group("reviewing"))
    _add_publishing(parser.add_argument_group("publishing"))
    _add_identity(parser.add_argument_group("where it belongs"))
    return parser


def _add_terminal(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--sort",
        choices=["name", "change"],
        default="name",
        help="the order of benchmarks, and of packages: the largest change first, or by name",
    )
    group.add_argument(
        "--only", choices=["changed"], help="leave out of the table what did not change"
    )
    group.add_argument(
        "--watch",
        action="store_true",
        help="measure again whenever a source changes, and show the difference to the last run; "
        "nothing is published",
    )
    group.add_argument(
        "--flag",
        action="append",
        default=[],
        metavar="FLAG",
        help="a flag of the builds of --watch, as --flag=FLAG: those that this command was "
        "started with; may be repeated",
    )


def _add_judging(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--compare",
        metavar="REV|FILE|none",
        help="what to compare with: a commit that was measured here, results of --format json, a "
        "folder of --out; default: the newest results of the merge base, or of a commit before",
    )
    group.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write an HTML report with flame graphs; in a folder, with the graphs beside it",
    )
    group.add_argument("--summary", type=Path, metavar="FILE", help="write a summary in Markdown")
    group.add_argument(
        "--export",
        type=_export,
        action="append",
        default=[],
        metavar="FORMAT=PATH",
        help=f"write for another tool: {', '.join(formats())}; may be repeated",
    )


def _add_reviewing(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--comment",
        action="store_true",
        help="post or update a comment with what changed on the pull or merge request of this CI "
        "job, and set the status of its commit",
    )
    group.add_argument(
        "--report-url",
        type=_address,
        metavar="URL",
        help="where the report of this job can be read, for links in the comment",
    )


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address that begins with https://")
    return text


def _export(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if name not in formats() or not equals or not path:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not FORMAT=PATH with one of {', '.join(formats())}"
        )
    return name, Path(path)


def _add_publishing(group: argparse._ArgumentGroup) -> None:
    how = group.add_mutually_exclusive_group()
    how.add_argument(
        "--dry-run", action="store_true", help="make what would be uploaded, send nothing"
    )
    how.add_argument(
        "--skip-upload", action="store_true", help="do not publish (CODSPEED_SKIP_UPLOAD=true)"
    )
    how.add_argument(
        "--resume", type=Path, metavar="DIR", help="send what an earlier run kept in this folder"
    )
    group.add_argument("--allow-empty", action="store_true", help="accept a run without benchmarks")
    group.add_argument(
        "--allow-failed",
        action="store_true",
        help="publish what was measured although other targets or benchmarks failed",
    )
    group.add_argument(
        "--allow-stock-simulator",
        action="store_true",
        help="publish numbers of the stock Valgrind, which are not comparable with CodSpeed's",
    )
    group.add_argument(
        "--allow-mixed-machines",
        action="store_true",
        help="publish a suite whose parts were measured with different C libraries, interpreters "
        "or other libraries of their machines",
    )
    group.add_argument(
        "--message-format",
        choices=["human", "json"],
        default="human",
        help="json: events on standard output, all else on standard error",
    )
    group.add_argument(
        "--upload-url", metavar="URL", help="where to announce uploads (CODSPEED_UPLOAD_URL)"
    )
    group.add_argument(
        "--api-url", metavar="URL", help="the GraphQL API, for local runs (CODSPEED_API_URL)"
    )
    token = group.add_mutually_exclusive_group()
    token.add_argument(
        "--token-stdin", action="store_true", help="read the token from standard input"
    )
    token.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="read the token from a file, instead of CODSPEED_TOKEN",
    )
    group.add_argument(
        "--profile",
        metavar="NAME",
        help="profile of CodSpeed's own configuration (CODSPEED_PROFILE)",
    )
    group.add_argument(
        "--runner-version", metavar="VERSION", help="speak as this version of CodSpeed's runner"
    )
    group.add_argument("--config", type=Path, metavar="FILE", help="the project's codspeed.yaml")


def _add_identity(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-r",
        "--repository",
        metavar="OWNER/NAME",
        help="repository of a local run (CODSPEED_REPOSITORY)",
    )
    group.add_argument(
        "--provider",
        metavar="PROVIDER",
        help="host of that repository: github or gitlab (CODSPEED_PROVIDER)",
    )
    group.add_argument(
        "--project",
        metavar="NAME",
        help="project on CodSpeed for a local run, instead of a repository",
    )
