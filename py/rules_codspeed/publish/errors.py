"""Errors of publishing that a person reads."""


class PublishError(Exception):
    """The run cannot be published; the message tells what, where and the next step."""
