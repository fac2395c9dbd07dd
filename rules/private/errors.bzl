"""The one shape of every error that the rules raise.

Loaded by all of rules/; depends on nothing. The text is built from plain
strings, so a mistake in a format string cannot hide the error itself.
"""

def error_text(what, got, expected, fix):
    """Builds the text of an error.

    Args:
      what: what went wrong, without a full stop.
      got: the value that was found.
      expected: the values that would have been right, in words.
      fix: the command or the attribute that fixes it, without a full stop.

    Returns:
      the text, one line.
    """
    return "rules_codspeed: {}. Got: {}. Expected: {}. Fix: {}.".format(what, got, expected, fix)
