"""Errors of the reader of traces."""


def trace_error(offset: int, problem: str) -> ValueError:
    """Returns the error of a file that is not a trace, or a damaged one.

    Args:
      offset: bytes of the file before the place.
      problem: what is wrong there.
    """
    return ValueError(f"{problem} (byte {offset})")
