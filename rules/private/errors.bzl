"""The one shape of every error that the rules raise.

Loaded by all of rules/; depends on nothing. The text is built from plain
strings, so no format slip can hide what the author meant to say.
"""

def error_text(what, got, expected, fix):
    """Builds the text of an error.

    Args:
      what: what went wrong, without a full stop.
      got: the value that was found.
      expected: the values that would have been right, in words.
      fix: the command or the attribute that mends it, without a full stop.

    Returns:
      the text, one line.
    """
    return "rules_codspeed: {}. Got: {}. Expected: {}. Fix: {}.".format(what, got, expected, fix)
