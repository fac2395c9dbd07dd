"""The error that a person reads: what went wrong, and the next step."""

from __future__ import annotations


class BootstrapError(Exception):
    """Setting the private Bazel up failed.

    The message is one line: what went wrong, then what to do.
    """
