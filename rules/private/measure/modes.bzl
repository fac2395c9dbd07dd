"""The registry of modes: the rules that the macro measures with. One line for each mode."""

load("//rules/private:errors.bzl", "error_text")
load("//rules/settings:modes.bzl", "MODES")
load(":memory.bzl", "MEMORY", "codspeed_memory")
load(":simulation.bzl", "SIMULATION", "codspeed_simulation")
load(":walltime.bzl", "WALLTIME", "codspeed_walltime")

_RULES = [
    (SIMULATION, codspeed_simulation),
    (WALLTIME, codspeed_walltime),
    (MEMORY, codspeed_memory),
]

def _by_name(rules):
    names = [mode.name for mode, _ in rules]
    if names != MODES:
        fail(error_text(
            what = "the registry of modes, //rules/private/measure:modes.bzl, is not complete",
            got = repr(names),
            expected = "{}, as in //rules/settings:modes.bzl".format(MODES),
            fix = "list each mode in both files, in the same order",
        ))
    return {mode.name: struct(rule = rule, arguments = mode.arguments.keys()) for mode, rule in rules}

# By name of the mode: its rule, and the arguments of codspeed_benchmark that the rule takes.
MEASURING_RULES = _by_name(_RULES)
