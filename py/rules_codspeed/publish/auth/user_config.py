"""The configuration that `codspeed auth login` leaves on a laptop: profiles with token and URLs.

Read, and never written (spec: cli-and-config 9).
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.validation import validation_faults
from rules_codspeed.publish.auth.secret import Secret, parse_token
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.text import excerpt
from rules_codspeed.publish.yaml_file import Value, YamlError, read_yaml

DEFAULT_PROFILE = "default"

_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings of a profile; None where the profile does not have one.

    Attributes:
      name: of the profile.
      token: of the login.
      api_url: of the GraphQL API.
      upload_url: of the upload endpoint.
    """

    name: str
    token: Secret | None = None
    api_url: str | None = None
    upload_url: str | None = None


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class _Written(BaseModel):
    """What the runner writes; other keys are ignored, as the runner does."""

    model_config = ConfigDict(alias_generator=_kebab, strict=True, hide_input_in_errors=True)


class _Auth(_Written):
    token: str | None = None


class _Profile(_Written):
    auth: _Auth | None = None
    api_url: str | None = None
    upload_url: str | None = None


class _Config(_Written):
    version: int | None = None
    auth: _Auth | None = None  # before schema 1
    profiles: dict[str, _Profile | None] | None = None


def config_file(variables: Mapping[str, str]) -> Path | None:
    """Returns where the configuration is, there or not; None without a home folder.

    Args:
      variables: XDG_CONFIG_HOME, HOME and CODSPEED_CONFIG_NAME count.
    """
    home = variables.get("HOME")
    folder = variables.get("XDG_CONFIG_HOME") or (home and f"{home}/.config")
    if not folder:
        return None
    return Path(folder, "codspeed", f"{variables.get('CODSPEED_CONFIG_NAME') or 'config'}.yaml")


def load_profile(
    variables: Mapping[str, str], name: str | None, warn: Callable[[str], None]
) -> Profile:
    """Returns the selected profile; an empty one where there is no file.

    Args:
      variables: those of `config_file`, and CODSPEED_PROFILE.
      name: of `--profile`; None selects that of CODSPEED_PROFILE, or the default.
      warn: called with each warning for the user.

    Raises:
      PublishError: the file cannot be read, or has no such profile.
    """
    if variables.get("CODSPEED_CONFIG_NAME"):
        warn(
            "`--config-name` / `CODSPEED_CONFIG_NAME` is deprecated; use `--profile` / "
            "`CODSPEED_PROFILE` instead."
        )
    path = config_file(variables)
    profiles = _profiles(path, warn) if path else {}
    selected = name or variables.get("CODSPEED_PROFILE") or DEFAULT_PROFILE
    profile = profiles.get(selected)
    if profile is None and selected != DEFAULT_PROFILE:
        shown = excerpt(selected)
        raise PublishError(
            f"CodSpeed profile `{shown}` does not exist. Run `codspeed profile set {shown}` to "
            "create it.",
            fix=None,
        )
    written = profile or _Profile()
    return Profile(
        selected,
        _token(written.auth, f"the profile {excerpt(selected)!r} in {path}"),
        written.api_url or None,
        written.upload_url or None,
    )


def _profiles(path: Path, warn: Callable[[str], None]) -> dict[str, _Profile]:
    """Returns the profiles of a file, in the shape of schema 1 whatever the file's."""
    config = _parse(path, _read(path, warn))
    version = config.version or 0
    if version > _SCHEMA:
        raise PublishError(
            f"Config file was written by a newer version of CodSpeed (schema v{version}, this CLI "
            f"supports v{_SCHEMA}). Upgrade the CLI to read it.",
            fix=None,
        )
    profiles = {name: one or _Profile() for name, one in (config.profiles or {}).items()}
    if version < _SCHEMA and config.auth:
        default = profiles.get(DEFAULT_PROFILE, _Profile())
        if not (default.auth and default.auth.token):
            profiles[DEFAULT_PROFILE] = default.model_copy(update={"auth": config.auth})
    return profiles


def _read(path: Path, warn: Callable[[str], None]) -> Value:
    """Returns the content of the file; None if it is not there.

    No error repeats any of it: a token is in it.
    """
    try:
        content = read_yaml(path)
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except DocumentError as error:
        raise _unusable(path, str(error)) from None
    except YamlError as error:
        raise _unusable(path, f"line {error.line}" if error.line else "not YAML") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise PublishError(
            f"Failed to load config: {reason}: {path}",
            fix="make it a readable file, or name another with CODSPEED_CONFIG_NAME",
        ) from error
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        warn(
            f"{path} may hold a token, and others on this machine can read it. Fix: chmod 600 "
            f"{path}"
        )
    return content


def _parse(path: Path, content: Value) -> _Config:
    try:
        return _Config.model_validate({} if content is None else content)
    except ValidationError as error:
        raise _unusable(path, validation_faults(error)[0]) from None


def _unusable(path: Path, reason: str) -> PublishError:
    return PublishError(
        f"Failed to parse CodSpeed config at {path}: {reason}",
        fix="correct the file, or recreate it with `codspeed auth login`",
    )


def _token(auth: _Auth | None, source: str) -> Secret | None:
    return parse_token(auth.token, source) if auth and auth.token else None
