"""The configurations that a benchmark is built and measured in, one for each mode.

The transition is that of the measuring rule, not of its dependency on the binary: so action,
outputs and binary share one configuration, and `-c dbg` or `-c opt` on the
command line measures nothing again.
"""

load("@codspeed_mode_settings//:settings.bzl", "MODE_SETTINGS")

_MODE = str(Label("//rules/settings:mode"))

def _of_others(mode):
    """Returns the values of other modules' settings in a mode."""
    return {
        setting: values[mode]
        for setting, values in MODE_SETTINGS.items()
        if mode in values
    }

def _once(flags, flag):
    """Appends a flag unless it is there: a second transition must change nothing."""
    return flags if flag in flags else flags + [flag]

def measuring_transition(mode):
    """Makes the transition of a mode.

    Settings are set, never appended to: a second transition must change nothing.

    Args:
      mode: name of the mode.

    Returns:
      a transition for the measuring rule's `cfg`.
    """
    of_others = _of_others(mode)

    def measured(settings, _attr):
        return dict(of_others, **{
            _MODE: mode,
            "//command_line_option:compilation_mode": "opt",
            # After the toolchain's own -g0 of opt, so that it wins.
            "//command_line_option:copt": _once(settings["//command_line_option:copt"], "-g"),
            # Debug information in files beside the objects: the simulator cannot read it.
            "//command_line_option:fission": "no",
            "//command_line_option:strip": "never",
        })

    return transition(
        implementation = measured,
        inputs = ["//command_line_option:copt"],
        outputs = [
            _MODE,
            "//command_line_option:compilation_mode",
            "//command_line_option:copt",
            "//command_line_option:fission",
            "//command_line_option:strip",
        ] + of_others.keys(),
    )
