"""Order of versions: numbers by value, a pre-release before its release."""

# How a token sorts against another one at the same place.
_TEXT, _NUMBER, _MAIN_NUMBER = 0, 1, 2

def _tokens(text):
    """Splits text into runs of digits and runs of letters; any other character separates them."""
    tokens = []
    run = ""
    for char in text.elems() + [""]:
        if run and (run.isdigit() != char.isdigit() or not char.isalnum()):
            tokens.append((_NUMBER, int(run), "") if run.isdigit() else (_TEXT, 0, run))
            run = ""
        if char.isalnum():
            run += char
    return tokens

def version_key(version):
    """Returns the key by which versions are sorted.

    `4.3.0-beta.0` comes before `4.3.0`, as in semantic versions; `3.26.0-0codspeed6`
    after `3.26.0-0codspeed5` and after `3.26.0`, as in Debian's.

    Args:
      version: a version, as text.

    Returns:
      a list, to be compared with other such lists only.
    """
    release, _, suffix = version.partition("-")
    main = [(_MAIN_NUMBER, number, text) for _, number, text in _tokens(release)]
    pre_release = suffix and not suffix[0].isdigit()
    return main + [(_TEXT if pre_release else _NUMBER, 0, "")] + _tokens(suffix)

def highest(versions):
    """Returns the highest of some versions.

    Args:
      versions: an iterable of versions, not empty.

    Returns:
      one of them.
    """
    return max(versions, key = version_key)
