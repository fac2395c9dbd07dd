"""The one error of the history."""


class HistoryError(Exception):
    """The history cannot be used; the message tells what, where and the next step."""
