"""Errors of the command that a person reads."""


class ReportError(Exception):
    """The suite cannot be shown or exported; the message tells what, where and the next step."""
