"""Mode `memory`: the allocations of one program, counted by a preloaded library, as two build actions.

`CodSpeedMemory` runs the program and makes numbers and the profile folder; `CodSpeedResults` makes
results of the numbers. Both are cached, shared, and can run remotely (repeatable.bzl).
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load(":measurement.bzl", "measuring_rule", "mode", "output")
load(":repeatable.bzl", "REPEATABLE_ARGUMENTS", "REPEATABLE_ATTRS", "repeatable_fields", "repeatable_requirements")
load(":root.bzl", "root_name", "root_options")

def _two_cpus(_os, _inputs):
    """Returns a core for the program and one for the driver, which folds meanwhile, and memory in MB."""
    return {"cpu": 2, "memory": 512}

def _inputs(ctx):
    """Returns the libraries that the driver loads."""
    options = {"--fold": ctx.file._fold}
    if ctx.file._kernel:
        options["--kernel"] = ctx.file._kernel
    return struct(options = options | root_options(ctx), files = depset())

def _spec(ctx):
    return repeatable_fields(ctx) | {
        "memory_stacks": ctx.attr._memory_stacks[BuildSettingInfo].value or ctx.attr.memory_stacks,
        "root": root_name(ctx),
        "runner_version": ctx.attr._runner_version[BuildSettingInfo].value,
    }

MEMORY = mode(
    name = "memory",
    mnemonic = "CodSpeedMemory",
    progress = "Measuring the memory of",
    driver = "//py/rules_codspeed/measure/memory",
    outputs = {
        "numbers": output("--numbers", ".numbers.json"),
        "profile": output("--profile", ".profile", folder = True),
    },
    read = "numbers",
    spec = _spec,
    requirements = repeatable_requirements,
    resource_set = _two_cpus,
    inputs = _inputs,
    # The artifact is compressed.
    wheels = ["//py/wheels:zstandard"],
    arguments = REPEATABLE_ARGUMENTS | {
        "memory_stacks": attr.string(
            doc = "Which allocations have a call stack: `none`, `sampled` (one of 32), or `full`.",
            default = "full",
            values = ["none", "sampled", "full"],
        ),
    },
    attrs = REPEATABLE_ATTRS | {
        "_fold": attr.label(
            # Loaded by the driver.
            default = "//rules/memory:fold",
            allow_single_file = True,
            cfg = config.exec("measure"),
        ),
        "_memory_stacks": attr.label(default = "//rules/settings:memory_stacks"),
        "_preload": attr.label(
            # Loaded into the program and all that it starts.
            default = "//rules/memory:preload",
            allow_single_file = True,
            cfg = "target",
        ),
        "_runner_version": attr.label(default = "//rules/settings:runner_version"),
    },
)

codspeed_memory = measuring_rule(
    MEMORY,
    doc = "Measures what one program allocates. Made by the macro codspeed_benchmark.",
)
