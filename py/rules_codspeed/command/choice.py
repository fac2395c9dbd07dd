"""Decides whether a command publishes, and as whom: options, variables, configuration files."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rules_codspeed.checkout.repository import find_git_root
from rules_codspeed.command.options import Options
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.auth.auth import find_token
from rules_codspeed.publish.ci.detection import detect_kind
from rules_codspeed.publish.ci.log import Logger, make_logger
from rules_codspeed.publish.ci.repository import repository_option
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_options import without_effect
from rules_codspeed.publish.runner_version import DEFAULT, parse_runner_version
from rules_codspeed.publish.service.endpoints import DEFAULT_API_URL, DEFAULT_UPLOAD_URL
from rules_codspeed.publish.session import Session

if TYPE_CHECKING:
    from rules_codspeed.publish.auth.user_config import Profile

_LARGEST_TOKEN = 1 << 16  # bytes


def make_log(options: Options, variables: Mapping[str, str], stdout: TextIO) -> Logger:
    """Returns the logger of a command.

    Args:
      options: of the command line.
      variables: the environment.
      stdout: standard output. Where it is for one document, all messages go to standard error.
    """
    output = sys.stderr if options.events or options.format == "json" else stdout
    if options.verbose:
        variables = {**variables, "CODSPEED_LOG": "trace"}
    return make_logger(detect_kind(variables).value, variables, output, sys.stderr)


def choose_session(
    options: Options, variables: Mapping[str, str], workspace: Path, log: Logger
) -> Session | None:
    """Decides: in CI always, elsewhere if there is a token or an option asks for it.

    Args:
      options: of the command line.
      variables: the environment.
      workspace: folder of the Bazel workspace.
      log: reports what the user should know about configuration files.

    Returns:
      what publishing needs; None where the command does not publish.

    Raises:
      PublishError: an option or a file cannot be followed.
    """
    if options.skip_upload:
        return None
    _warn_of_project_config(options.config, workspace, log)
    profile = _profile(options, variables, log)
    stored = profile.token.reveal() if profile and profile.token else None
    token = find_token(variables, _given_token(options), stored)
    if token:
        log.register_secret(token)
    kind = detect_kind(variables)
    asked = options.dry_run or options.resume
    if kind is EnvironmentKind.LOCAL and token is None and not asked:
        return None
    for warning in without_effect(variables):
        log.warn(warning)
    version = parse_runner_version(options.runner_version) if options.runner_version else DEFAULT
    return Session(
        variables=variables,
        workspace=workspace,
        kind=kind,
        version=version,
        log=log,
        token=token,
        upload_url=options.upload_url or (profile and profile.upload_url) or DEFAULT_UPLOAD_URL,
        api_url=options.api_url or (profile and profile.api_url) or DEFAULT_API_URL,
        repository=repository_option(options.repository, options.provider),
        project=options.project,
        allow_empty=options.allow_empty,
        offline=options.dry_run,
    )


def upload_folder(session: Session) -> Path:
    """Returns the folder that keeps what is not uploaded yet; a temporary one if needed."""
    state, home = session.variables.get("XDG_STATE_HOME", ""), session.variables.get("HOME", "")
    parent = Path(state) if Path(state).is_absolute() else Path(home, ".local/state")
    folder = parent / "rules_codspeed" / "uploads"
    try:
        if not folder.is_absolute():
            raise OSError("neither HOME nor XDG_STATE_HOME is set")
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
        raise OSError(f"{folder} cannot be written")
    except OSError as error:
        session.log.warn(f"Uploads are kept in a temporary folder, as {error}.")
        return Path(tempfile.mkdtemp(prefix="codspeed-"))


def _warn_of_project_config(given: Path | None, workspace: Path, log: Logger) -> None:
    """Warns about settings of a `codspeed.yaml` that have no effect, if there is one."""
    from rules_codspeed.publish.project_config import find_project_config, read_project_config

    path = given or find_project_config(workspace, find_git_root(workspace))
    if path is None:
        return
    from rules_codspeed.publish.project_advice import advice

    for text in advice(path, read_project_config(path)):
        log.warn(text)


def _profile(options: Options, variables: Mapping[str, str], log: Logger) -> Profile | None:
    """Returns the selected profile of the user's configuration, if there is a file."""
    from rules_codspeed.publish.auth.user_config import config_file, load_profile

    path = config_file(variables)
    if options.profile is None and not (path and os.path.exists(path)):
        return None
    return load_profile(variables, options.profile, log.warn)


def _given_token(options: Options) -> str | None:
    """Returns the token that the command line leads to."""
    try:
        if options.token_stdin:
            source, text = "standard input", sys.stdin.read(_LARGEST_TOKEN)
        elif options.token_file:
            source = f"--token-file {options.token_file}"
            with options.token_file.open(encoding="utf-8") as file:
                text = file.read(_LARGEST_TOKEN)
        else:
            return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise PublishError(
            f"cannot read the token of --token-file {options.token_file}",
            got=reason,
            expected="a file that holds the token",
            fix="correct the path",
        ) from error
    if not text.strip():
        raise PublishError(
            f"no token in {source}",
            got="nothing",
            expected="the token",
            fix="provide it there, or set CODSPEED_TOKEN",
        )
    return text
