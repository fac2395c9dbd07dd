"""What modes share whose numbers are the same on all machines: how they are cached, and the fixed kernel.

They depend on declared inputs only, except for what a program takes from the machine, above all its
libc. The setting host_key stands for that, or else the key of the machine that Bazel runs on. With a
pinned root they take nothing from it.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules/private:errors.bzl", "error_text")
load("//rules/private:host_key.bzl", "HostKeyInfo")
load(":frameworks.bzl", "FRAMEWORKS")
load(":measurement.bzl", "WITHOUT_NETWORK")
load(":root.bzl", "ROOT_ARGUMENTS", "root_name")
load(":stage.bzl", "benchmark_label", "framework_of")

def _machine_key(ctx):
    """Returns the key of the machine that Bazel runs on; empty where the user names one, or a root stands for it."""
    named = ctx.attr._host_key[BuildSettingInfo].value
    return "" if named or root_name(ctx) else ctx.attr._machine[HostKeyInfo].key

def compatible_with_codspeed(ctx):
    """Returns whether a target is measured as CodSpeed's runner does where we differ by choice.

    Args:
      ctx: the context of a measuring rule.
    """
    return ctx.attr._compatibility[BuildSettingInfo].value == "codspeed"

def repeatable_requirements(ctx):
    """Returns the execution requirements of the measuring action.

    Args:
      ctx: the context of a rule with REPEATABLE_ATTRS.

    Returns:
      a dict of strings.
    """
    known = ctx.attr._host_key[BuildSettingInfo].value or _machine_key(ctx) or root_name(ctx)
    if known and not compatible_with_codspeed(ctx):
        return WITHOUT_NETWORK

    # Another libc is another program, and so are string functions for another processor: nobody may use what a machine
    # measured of which nothing is known.
    return WITHOUT_NETWORK | {"no-remote-cache-upload": ""}

def _kernel_of(fixed_kernel):
    """Returns the library of the fixed kernel, unless the target does without.

    Bazel computes this default from another attribute: with `fixed_kernel = False` a benchmark
    in pure Python needs no C toolchain to be simulated.
    """
    return Label("//rules/kernel") if fixed_kernel else None

_LOGICAL = "logical"

def _clock(ctx):
    if ctx.attr.clock == _LOGICAL and not ctx.attr.fixed_kernel and ctx.attr._fixed_kernel[BuildSettingInfo].value:
        fail(error_text(
            what = "{} has a logical clock, but no fixed kernel, which it is a part of".format(benchmark_label(ctx)),
            got = "clock = \"logical\", fixed_kernel = False",
            expected = "both, or neither",
            fix = "remove one of the attributes",
        ))
    return ctx.attr.clock

def _is_cheap(ctx, framework):
    """Returns whether forks isolate the benchmarks unasked; CodSpeed's runner does not do so."""
    return ctx.attr.isolate_if_cheap and framework.python and not compatible_with_codspeed(ctx)

def repeatable_fields(ctx, forks = False):
    """Returns the fields of the benchmark's description that these modes share.

    Args:
      ctx: the context of a rule with REPEATABLE_ARGUMENTS and REPEATABLE_ATTRS.
      forks: whether the mode isolates Python's benchmarks by forks, which cost little.

    Returns:
      a dict of JSON values.
    """
    framework = FRAMEWORKS[framework_of(ctx)]
    return {
        "clock": _clock(ctx),
        "fixed_kernel": ctx.attr.fixed_kernel and ctx.attr._fixed_kernel[BuildSettingInfo].value,
        "filter_args": ctx.attr.filter_args or framework.filter_args,
        "host_key": ctx.attr._host_key[BuildSettingInfo].value,
        "isolate": ctx.attr.isolate or (forks and _is_cheap(ctx, framework)),
        "list_args": ctx.attr.list_args or framework.list_args,
        "machine_key": _machine_key(ctx),
    }

REPEATABLE_ARGUMENTS = ROOT_ARGUMENTS | {
    "clock": attr.string(
        doc = "The clock that the program sees: the `machine`'s, or a `logical` one, which starts at a fixed time and " +
              "moves by what the program does.",
        default = "machine",
        values = ["machine", _LOGICAL],
    ),
    "filter_args": attr.string_list(
        doc = "Arguments that make the program run one benchmark: `{name}` is its name, `{regex}` the name escaped. " +
              "The default is the framework's.",
    ),
    "fixed_kernel": attr.bool(
        doc = "Answer the program's questions about the machine, such as file metadata, the same on all machines.",
        default = True,
    ),
    "isolate": attr.bool(
        doc = "Measure each benchmark in a process of its own, so that other benchmarks cannot change its numbers.",
    ),
    "isolate_if_cheap": attr.bool(
        doc = "Do so, whatever `isolate` is, where that costs little: in simulations of Python's benchmarks.",
    ),
    "list_args": attr.string_list(
        doc = "Arguments that make the program print the names of its benchmarks, one on each line. The default is the framework's.",
    ),
}

REPEATABLE_ATTRS = {
    "_fixed_kernel": attr.label(default = "//rules/settings:fixed_kernel"),
    "_host_key": attr.label(default = "//rules/settings:host_key"),
    "_kernel": attr.label(
        # Loaded by the driver.
        default = _kernel_of,
        allow_single_file = True,
        cfg = config.exec("measure"),
    ),
    "_machine": attr.label(default = "@codspeed_host//:key", providers = [HostKeyInfo]),
}
