"""The error that a person reads: what went wrong, and the next step."""

from __future__ import annotations


class BootstrapError(Exception):
    """Setting the private Bazel up failed.

    The message is one line: what went wrong, then what to do.
    """


INSTALL_BAZEL = "Install bazelisk, or bazel 7.1 to 9, and put it on PATH."


def disk_full(what: str) -> BootstrapError:
    """Returns the error for a disk that filled up; `what` names where it showed."""
    return BootstrapError(
        f"the disk is full: {what}. Free some space, or set XDG_CACHE_HOME to a folder on "
        "another disk, and run ./bazelw again."
    )
