"""The measuring modes, and how a command chooses among them.

Loaded by the benchmark and suite rules; depends on errors.bzl.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load(":errors.bzl", "error_text")

MODES = ["simulation"]

def check_modes(modes, where):
    """Fails unless every mode is one that this version measures.

    Args:
      modes: list of mode names.
      where: the attribute or setting they come from, for the error.

    Returns:
      the list, unchanged.
    """
    for mode in modes:
        if mode not in MODES:
            fail(error_text(
                what = "unknown mode in " + where,
                got = repr(mode),
                expected = "one of " + repr(MODES),
                fix = "name only modes that this version measures",
            ))
    return modes

def selected_modes(ctx):
    """Returns the modes of this command: the setting's, else the target's own.

    Args:
      ctx: a rule context with the attributes `modes` and `_modes`.

    Returns:
      list of mode names, in the order they were given, each once.
    """
    from_setting = ctx.attr._modes[BuildSettingInfo].value
    if from_setting:
        return check_modes({mode: None for mode in from_setting}.keys(), "//rules/settings:modes")
    return check_modes({mode: None for mode in ctx.attr.modes}.keys(), "the attribute modes of " + str(ctx.label))
