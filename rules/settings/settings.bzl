"""The build settings: what one command can change without an edit, each with its documentation.

Names are API. BUILD.bazel declares the settings from this table, and docs/api/settings.md is generated from it.
"""

load("@bazel_skylib//rules:common_settings.bzl", "bool_flag", "int_flag", "string_flag", "string_list_flag")
load(":modes.bzl", "MODES")

# By type of the default.
_RULES = {
    "bool": bool_flag,
    "int": int_flag,
    "list": string_list_flag,
    "string": string_flag,
}

def _setting(default, doc, values = [], is_label = False):
    """Describes a setting: its default, its documentation, its values if there are only a few, and whether it names a target."""
    return struct(default = default, doc = doc, is_label = is_label, values = values)

SETTINGS = {
    "allow_aslr": _setting(
        default = False,
        doc = "Measure simulation although the kernel refuses to switch address randomisation off.",
    ),
    "compatibility": _setting(
        default = "none",
        doc = "With `codspeed`, everything is as CodSpeed's runner has it where these rules differ by choice: variables that only " +
              "they pin, names of whole programs, and what profile folders and `runner.log` state of the machine. Numbers then depend " +
              "on the processor, and are not shared between machines; docs/fidelity.md lists the effects.",
        values = ["codspeed", "none"],
    ),
    "fixed_kernel": _setting(
        default = True,
        doc = "Whether simulated programs get the fixed kernel's answers. With `false` the machine answers all of them, as with " +
              "the attribute `fixed_kernel = False` of each target: results state it, and no C toolchain is needed.",
    ),
    "host_key": _setting(
        default = "",
        doc = "What the measuring machines have in common that Bazel does not see, above all their libc: an image's " +
              "digest or a name. It is part of each measurement's cache key. While it is empty, a key of the machine that " +
              "Bazel runs on takes its place: hashes of the loader, the C and C++ libraries, and Python. Set it where " +
              "measurements run on other machines (remote execution).",
    ),
    "layouts": _setting(
        default = 0,
        doc = "How many more times a simulated program runs, with its stack and heap at other offsets, to measure how " +
              "far its numbers move by the layout of memory alone. Comparisons then count only a change that is larger.",
    ),
    "memory_stacks": _setting(
        default = "",
        doc = "Which allocations have a call stack, instead of what targets choose by their attribute `memory_stacks`.",
        values = ["", "none", "sampled", "full"],
    ),
    "mode": _setting(
        default = "off",
        doc = "The mode that a target is built for. Only the transition of the measuring rules sets it: to change " +
              "how a benchmark is compiled, `select()` on " +
              ", ".join(["`is_{}`".format(mode) for mode in MODES]) + " or `is_off`.",
        values = ["off"] + MODES,
    ),
    "modes": _setting(
        default = [],
        doc = "The modes that suites and benchmarks measure, instead of those in their attribute `modes`.",
    ),
    "profiler": _setting(
        default = "perf",
        doc = "What takes samples while walltime is measured.",
        values = ["none", "perf"],
    ),
    "remeasure": _setting(
        default = "",
        doc = "With any text that was not used before, everything is measured again although nothing changed: times, and " +
              "what failed for a reason that is gone.",
    ),
    "root": _setting(
        default = "//rules/roots:host",
        is_label = True,
        doc = "What programs get in place of the machine's libraries, programs and settings where they are simulated or their memory " +
              "is measured: a `codspeed_root`, such as `@rules_codspeed//rules/roots:debian12`, whose packages are pinned, or the " +
              "machine's own (`…:host`). With a root the machine is no longer part of the numbers, and `host_key` is not needed. " +
              "Walltime uses the machine's.",
    ),
    "runner_version": _setting(
        default = "",
        doc = "Version of CodSpeed's runner to measure as, for example `4.11.0`: Valgrind's arguments, variables of Python and Java, " +
              "unwinding, and the layout of profile folders; docs/fidelity.md lists what differs on purpose. Empty for the newest whose " +
              "archives can be verified. When publishing, pass the same version as `-- --runner-version`.",
    ),
    "simulation_track_subprocess": _setting(
        default = False,
        doc = "Count what simulated benchmarks start to them, as with the attribute `track_subprocess` of each target and the option of " +
              "that name of CodSpeed's runner 5.2.0 and newer.",
    ),
    "simulator": _setting(
        default = "codspeed",
        doc = "Which Valgrind measures: `codspeed`, CodSpeed's build for Ubuntu 22.04, which runs on any newer system " +
              "too; its build for Ubuntu 24.04; or `stock`, Debian's package.",
        values = ["codspeed", "codspeed-ubuntu-24.04", "stock"],
    ),
    "verify": _setting(
        default = 1,
        doc = "How many times each simulation is measured, each time with other process ids, file times, order of files " +
              "and folders beside the stage. Where the bytes differ, the build fails and names the functions that differ.",
    ),
}

# buildifier: disable=unnamed-macro
def declare_settings():
    """Declares a flag for each setting, and the conditions on some of them that select() takes."""
    for name, setting in SETTINGS.items():
        # Only a string has a list of values.
        choice = {"values": setting.values} if setting.values else {}
        rule = native.label_flag if setting.is_label else _RULES[type(setting.default)]
        rule(name = name, build_setting_default = setting.default, **choice)
    native.config_setting(name = "without_fixed_kernel", flag_values = {":fixed_kernel": "False"})
    for mode in SETTINGS["mode"].values:
        native.config_setting(name = "is_" + mode, flag_values = {":mode": mode})
    for simulator in SETTINGS["simulator"].values:
        native.config_setting(
            name = "simulator_is_" + simulator.replace("-", "_").replace(".", "_"),
            flag_values = {":simulator": simulator},
        )
