"""Which version of the official runner we speak as."""

from __future__ import annotations

from rules_codspeed.contract.data.runners import DEFAULT as DEFAULT_VERSION
from rules_codspeed.contract.runner_versions import (
    Runner,
    find_runner,
    first_with,
    known_versions,
    nearest,
    text,
)
from rules_codspeed.publish.errors import PublishError


def parse_runner_version(version: str) -> Runner:
    """Returns the version that a text such as `5.0.2` or `v5.0.2` names.

    Raises:
      PublishError: it is not a version, or we do not know its wire format.
    """
    if found := find_runner(version):
        return found
    schemas = ", ".join(
        f"{schema} from {text(first_with(metadata_schema=schema))}" for schema in (8, 9, 10)
    )
    raise PublishError(
        "unknown runner version",
        got=repr(version),
        expected=f"{known_versions(version)} (metadata {schemas})",
        fix=f"pass --runner-version={nearest(version).version}, or leave it out for "
        f"{DEFAULT_VERSION}",
    )


DEFAULT = parse_runner_version(DEFAULT_VERSION)
