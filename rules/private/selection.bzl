"""How a command chooses among the modes: by a target's attribute, or by the setting `modes`."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules/settings:modes.bzl", "MODES")
load(":errors.bzl", "error_text")
load(":labels.bzl", "stable_label")

# Modes of CodSpeed's runner that are known by name only.
_NOT_PUBLIC = {
    "telemetry": "leave it out: runner 5.7.0 has it, but what it uploads is not public",
}

def check_modes(modes, where):
    """Fails unless there is a mode, and every one is one that this version measures.

    Args:
      modes: list of mode names.
      where: the attribute or setting that they come from, for the error.

    Returns:
      the modes, each once, in the order they were given.
    """
    if not modes:
        fail(error_text(
            what = "no mode in " + where,
            got = "[]",
            expected = "one or more of " + repr(MODES),
            fix = "name a mode, or remove the attribute",
        ))
    for mode in modes:
        if mode not in MODES:
            fail(error_text(
                what = "unknown mode in " + where,
                got = repr(mode),
                expected = "one of " + repr(MODES),
                fix = _NOT_PUBLIC.get(mode, "name only modes that this version measures"),
            ))
    return {mode: None for mode in modes}.keys()

def selected_modes(ctx):
    """Returns the modes of this command: those of the setting if it is set, else the target's own.

    Args:
      ctx: a rule context with the attributes `modes` and `_modes`.

    Returns:
      a struct of `names`, a list of modes in the order they were given, `from_setting`,
      whether the command line chose them, and `described`, a description of both for an error.
    """
    of_setting = ctx.attr._modes[BuildSettingInfo].value
    if of_setting:
        names = check_modes(of_setting, "//rules/settings:modes")
    else:
        names = check_modes(ctx.attr.modes, "the attribute modes of " + stable_label(ctx.label))
    return struct(
        described = repr(names) + (" of //rules/settings:modes" if of_setting else ""),
        from_setting = bool(of_setting),
        names = names,
    )
