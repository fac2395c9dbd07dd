"""The configuration that a benchmark is built and measured in.

It sits on the measuring rule, not on its edge to the binary: then action,
outputs and binary share one configuration, and `-c dbg` or `-c opt` on the
command line measures nothing again.
"""

load("@codspeed_mode_settings//:settings.bzl", "MODE_SETTINGS")

_MODE = str(Label("//rules/settings:mode"))

# Set, never appended to: a second transition must change nothing.
_SIMULATION_SETTINGS = {
    setting: values
    for setting, values in MODE_SETTINGS.items()
    if "simulation" in values
}

def _once(flags, flag):
    """Appends a flag unless it is there: a second transition must change nothing."""
    return flags if flag in flags else flags + [flag]

def _simulation_impl(settings, _attr):
    of_others = {
        setting: values["simulation"]
        for setting, values in _SIMULATION_SETTINGS.items()
    }
    return dict(of_others, **{
        _MODE: "simulation",
        "//command_line_option:compilation_mode": "opt",
        # After the toolchain's own -g0 of opt, so that it wins.
        "//command_line_option:copt": _once(settings["//command_line_option:copt"], "-g"),
        "//command_line_option:strip": "never",
    })

simulation_transition = transition(
    implementation = _simulation_impl,
    inputs = ["//command_line_option:copt"],
    outputs = [
        _MODE,
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
        "//command_line_option:strip",
    ] + _SIMULATION_SETTINGS.keys(),
)
