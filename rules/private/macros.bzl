"""Helpers of the macros. Depends on errors.bzl only."""

load(":errors.bzl", "error_text")

def plain_list(value, attribute, owner):
    """Fails unless the value of an attribute that a macro reads is a list.

    Args:
      value: what the user wrote.
      attribute: name of the attribute.
      owner: name of the target.

    Returns:
      the value as a list.
    """
    if type(value) not in ["list", "tuple"]:
        fail(error_text(
            what = "the attribute {} of {} is not a plain list".format(attribute, owner),
            got = "a value of type " + type(value),
            expected = "a list without select(): tags and modes decide which targets there are and which commands find them",
            fix = "write a list; other attributes accept select()",
        ))
    return list(value)

def with_manual(tags, owner):
    """Adds `manual`: a benchmark is measured when it is named, never by a wildcard.

    Args:
      tags: what the user wrote.
      owner: name of the target, for errors.

    Returns:
      list of tags.
    """
    tags = plain_list(tags, "tags", owner)
    return tags if "manual" in tags else tags + ["manual"]
