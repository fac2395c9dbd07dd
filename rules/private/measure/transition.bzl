"""The configurations that a benchmark is built and measured in, one a mode.

They sit on the measuring rules, not on their edge to the binary: then action,
outputs and binary share one configuration, and `-c dbg` or `-c opt` on the
command line measures nothing again.
"""

load("@codspeed_mode_settings//:settings.bzl", "MODE_SETTINGS")

_MODE = str(Label("//rules/settings:mode"))

_OUTPUTS = [
    _MODE,
    "//command_line_option:compilation_mode",
    "//command_line_option:copt",
    "//command_line_option:strip",
]

def _of_others(mode):
    """Values of other modules' settings in a mode."""
    return {
        setting: values[mode]
        for setting, values in MODE_SETTINGS.items()
        if mode in values
    }

def _once(flags, flag):
    """Appends a flag unless it is there: a second transition must change nothing."""
    return flags if flag in flags else flags + [flag]

def _measured(mode, settings):
    """The configuration of a mode. Settings are set, never appended to, for the same reason."""
    return dict(_of_others(mode), **{
        _MODE: mode,
        "//command_line_option:compilation_mode": "opt",
        # After the toolchain's own -g0 of opt, so that it wins.
        "//command_line_option:copt": _once(settings["//command_line_option:copt"], "-g"),
        "//command_line_option:strip": "never",
    })

def _simulation_impl(settings, _attr):
    return _measured("simulation", settings)

def _walltime_impl(settings, _attr):
    return _measured("walltime", settings)

simulation_transition = transition(
    implementation = _simulation_impl,
    inputs = ["//command_line_option:copt"],
    outputs = _OUTPUTS + _of_others("simulation").keys(),
)

walltime_transition = transition(
    implementation = _walltime_impl,
    inputs = ["//command_line_option:copt"],
    outputs = _OUTPUTS + _of_others("walltime").keys(),
)
