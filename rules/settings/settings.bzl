"""The build settings: what one command can change without an edit, each with its documentation.

Names are API. Read by BUILD.bazel, which declares them, and by what writes docs/api/settings.md.
"""

load("@bazel_skylib//rules:common_settings.bzl", "bool_flag", "string_flag", "string_list_flag")
load(":modes.bzl", "MODES")

# By type of the default.
_RULES = {
    "bool": bool_flag,
    "list": string_list_flag,
    "string": string_flag,
}

def _setting(default, doc, values = []):
    """A setting: its default, what it is for, and the values that it may have, if they are few."""
    return struct(default = default, doc = doc, values = values)

SETTINGS = {
    "allow_aslr": _setting(
        default = False,
        doc = "Measure simulation although the kernel refuses to switch address randomisation off.",
    ),
    "host_key": _setting(
        default = "",
        doc = "What the measuring machines have in common that Bazel does not see, above all their libc: an image's " +
              "digest or a name. Part of each measurement's cache key. While it is empty, what is measured on this " +
              "machine is not uploaded to a shared remote cache.",
    ),
    "mode": _setting(
        default = "off",
        doc = "The mode that a target is built for. Written by the transition of the measuring rules alone: to change " +
              "how a benchmark is compiled, `select()` on " +
              ", ".join(["`is_{}`".format(mode) for mode in MODES]) + " or `is_off`.",
        values = ["off"] + MODES,
    ),
    "modes": _setting(
        default = [],
        doc = "Which modes suites and benchmarks measure, instead of their attribute `modes`.",
    ),
    "profiler": _setting(
        default = "perf",
        doc = "What takes samples while walltime is measured.",
        values = ["none", "perf"],
    ),
    "remeasure": _setting(
        default = "",
        doc = "Any text that was not there before measures walltime again, although nothing changed.",
    ),
    "runner_version": _setting(
        default = "",
        doc = "Version of CodSpeed's runner whose walltime profile folder is written, such as `4.11.0`; empty for the " +
              "newest that is known. What publishes takes the same by `-- --runner-version`.",
    ),
    "simulator": _setting(
        default = "codspeed",
        doc = "Which Valgrind measures: `codspeed`, CodSpeed's build for Ubuntu 22.04, which runs on any newer system " +
              "too; its build for Ubuntu 24.04; or `stock`, Debian's package.",
        values = ["codspeed", "codspeed-ubuntu-24.04", "stock"],
    ),
}

# buildifier: disable=unnamed-macro
def declare_settings():
    """Declares a flag for each setting, and the conditions on `mode` and `simulator` that select() takes."""
    for name, setting in SETTINGS.items():
        # Only a text has a choice of values.
        choice = {"values": setting.values} if setting.values else {}
        _RULES[type(setting.default)](name = name, build_setting_default = setting.default, **choice)
    for mode in SETTINGS["mode"].values:
        native.config_setting(name = "is_" + mode, flag_values = {":mode": mode})
    for simulator in SETTINGS["simulator"].values:
        native.config_setting(
            name = "simulator_is_" + simulator.replace("-", "_").replace(".", "_"),
            flag_values = {":simulator": simulator},
        )
