"""The one error of the comparison of commits."""


class CompareError(Exception):
    """Two commits cannot be compared; the message tells what, where and the next step."""
