"""Mode `simulation`: one program measured by Valgrind, as two build actions.

`CodSpeedSimulate` runs the program under Valgrind and makes the profile folder;
`CodSpeedResults` reads the numbers from it. Both are cached, shared, and can run
remotely: they depend on declared inputs only, except for what a program takes from the
machine, above all its libc. The setting host_key stands for that, or else the key of the machine
that Bazel runs on.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules/private:errors.bzl", "error_text")
load("//rules/private:host_key.bzl", "HostKeyInfo")
load(":frameworks.bzl", "FRAMEWORKS")
load(":measurement.bzl", "WITHOUT_NETWORK", "measuring_rule", "mode", "mode_toolchain", "output")
load(":stage.bzl", "benchmark_label", "framework_of")

SIMULATOR_TOOLCHAIN_TYPE = Label("//tools:simulator_toolchain_type")

def _machine_key(ctx):
    """Returns the key of the machine that Bazel runs on; empty where the user names one."""
    return "" if ctx.attr._host_key[BuildSettingInfo].value else ctx.attr._machine[HostKeyInfo].key

def _requirements(ctx):
    if ctx.attr._host_key[BuildSettingInfo].value or _machine_key(ctx):
        return WITHOUT_NETWORK

    # Another libc is another program: nobody may use what a machine measured of which nothing is known.
    return WITHOUT_NETWORK | {"no-remote-cache-upload": ""}

def _one_cpu(_os, _inputs):
    """Returns one core and the memory of a mid-sized simulated program, in MB."""
    return {"cpu": 1, "memory": 1024}

def _simulator(ctx):
    """Returns the resolved simulator, or fails with an error that explains how to get one."""
    toolchain = mode_toolchain(ctx, SIMULATOR_TOOLCHAIN_TYPE)
    if not toolchain:
        fail(error_text(
            what = "no simulator for the platform of " + benchmark_label(ctx),
            got = "no toolchain of type " + str(SIMULATOR_TOOLCHAIN_TYPE),
            expected = "Linux on x86_64 or aarch64, the same for target and execution platform",
            fix = "choose such a platform with --platforms, or register a codspeed_simulator_toolchain",
        ))
    return toolchain.simulator

def simulator_fields(simulator):
    """Describes a simulator for the driver.

    Args:
      simulator: a CodSpeedSimulatorInfo.

    Returns:
      a dict of strings; the field names are those of contract/spec.py.
    """
    return {
        "flavor": simulator.flavor,
        "launcher": simulator.launcher,
        "lib": simulator.lib,
        "name": "valgrind",
        "sha256": simulator.sha256,
        "version": simulator.version,
    }

def _inputs(ctx):
    """Returns the simulator's files, the manifest that names them, and the fixed kernel."""
    simulator = _simulator(ctx)
    manifest = ctx.actions.declare_file(ctx.label.name + ".simulator")
    root = simulator.root

    def line(file):
        return file.short_path[len(root):] + "\t" + file.path

    lines = ctx.actions.args()
    lines.set_param_file_format("multiline")
    lines.add_all(simulator.files, map_each = line, allow_closure = True)
    ctx.actions.write(manifest, lines)
    options = {"--simulator": manifest}
    if ctx.file._kernel:
        options["--kernel"] = ctx.file._kernel
    return struct(options = options, files = simulator.files)

def _kernel_of(fixed_kernel):
    """Returns the library of the fixed kernel, unless the target does without.

    Bazel computes this default from another attribute: with `fixed_kernel = False` a benchmark
    in pure Python needs no C toolchain.
    """
    return Label("//rules/kernel") if fixed_kernel else None

def _layouts(ctx):
    count = ctx.attr._layouts[BuildSettingInfo].value
    if count < 0 or count > 20:
        fail(error_text(
            what = "the setting layouts cannot be followed for " + benchmark_label(ctx),
            got = count,
            expected = "a number from 0 to 20",
            fix = "choose another --@rules_codspeed//rules/settings:layouts",
        ))
    return count

def _verify(ctx):
    """Returns how many times the program is measured."""
    times = ctx.attr._verify[BuildSettingInfo].value
    if times < 1:
        fail(error_text(
            what = "the setting verify cannot be used",
            got = times,
            expected = "how many times each simulation is measured, 1 or more",
            fix = "pass --@rules_codspeed//rules/settings:verify=2",
        ))
    return times

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

def _spec(ctx):
    framework = FRAMEWORKS[framework_of(ctx)]
    return {
        "allow_aslr": ctx.attr._allow_aslr[BuildSettingInfo].value,
        "clock": _clock(ctx),
        "fixed_kernel": ctx.attr.fixed_kernel and ctx.attr._fixed_kernel[BuildSettingInfo].value,
        "filter_args": ctx.attr.filter_args or framework.filter_args,
        "host_key": ctx.attr._host_key[BuildSettingInfo].value,
        "isolate": ctx.attr.isolate,
        "layouts": _layouts(ctx),
        "list_args": ctx.attr.list_args or framework.list_args,
        "machine_key": _machine_key(ctx),
        "simulator": simulator_fields(_simulator(ctx)),
        "verify": _verify(ctx),
    }

SIMULATION = mode(
    name = "simulation",
    mnemonic = "CodSpeedSimulate",
    progress = "Simulating",
    driver = "//py/rules_codspeed/measure/simulation",
    outputs = {
        "profile": output("--profile", ".profile", folder = True),
    },
    read = "profile",
    spec = _spec,
    requirements = _requirements,
    resource_set = _one_cpu,
    toolchain_type = SIMULATOR_TOOLCHAIN_TYPE,
    inputs = _inputs,
    arguments = {
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
        "list_args": attr.string_list(
            doc = "Arguments that make the program print the names of its benchmarks, one on each line. The default is the framework's.",
        ),
    },
    attrs = {
        "_allow_aslr": attr.label(default = "//rules/settings:allow_aslr"),
        "_fixed_kernel": attr.label(default = "//rules/settings:fixed_kernel"),
        "_kernel": attr.label(
            # Loaded by the driver.
            default = _kernel_of,
            allow_single_file = True,
            cfg = config.exec("measure"),
        ),
        "_host_key": attr.label(default = "//rules/settings:host_key"),
        "_layouts": attr.label(default = "//rules/settings:layouts"),
        "_machine": attr.label(default = "@codspeed_host//:key", providers = [HostKeyInfo]),
        "_verify": attr.label(default = "//rules/settings:verify"),
    },
)

codspeed_simulation = measuring_rule(
    SIMULATION,
    doc = "Measures one program under Valgrind. Made by the macro codspeed_benchmark.",
)
