"""Mode `simulation`: one program measured by Valgrind, as two build actions.

`CodSpeedSimulate` runs the program under Valgrind and makes the profile folder;
`CodSpeedResults` reads the numbers from it. Both are cached, shared, and can run
remotely (repeatable.bzl).
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules/private:errors.bzl", "error_text")
load(":measurement.bzl", "measuring_rule", "mode", "mode_toolchain", "output")
load(":repeatable.bzl", "REPEATABLE_ARGUMENTS", "REPEATABLE_ATTRS", "compatible_with_codspeed", "repeatable_fields", "repeatable_requirements")
load(":root.bzl", "root_name", "root_options")
load(":stage.bzl", "benchmark_label")

SIMULATOR_TOOLCHAIN_TYPE = Label("//tools:simulator_toolchain_type")

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
            fix = "choose such a platform with --platforms, and with --extra_execution_platforms if this machine is another one and " +
                  "workers measure; or register a codspeed_simulator_toolchain",
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
    return struct(options = options | root_options(ctx), files = simulator.files)

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
    if times > 1 and compatible_with_codspeed(ctx):
        fail(error_text(
            what = "{} cannot be verified: profiles of two measurements differ".format(benchmark_label(ctx)),
            got = "verify = {} and compatibility = \"codspeed\", which leaves process ids and times in profiles".format(times),
            expected = "one of them",
            fix = "leave out --@rules_codspeed//rules/settings:compatibility, or verify in the setting and in suites",
        ))
    return times

def _root(ctx, fixed_kernel):
    """Returns the name of the pinned root; empty for the machine's own."""
    root = root_name(ctx)
    if root and not fixed_kernel:
        fail(error_text(
            what = "{} has a pinned root, but no fixed kernel, which hands its files out".format(benchmark_label(ctx)),
            got = "root {}, fixed_kernel = False (the attribute, or the setting of that name)".format(root),
            expected = "both, or neither",
            fix = "remove fixed_kernel, or set root = \"host\"",
        ))
    return root

def _spec(ctx):
    common = repeatable_fields(ctx, forks = True)
    return common | {
        "allow_aslr": ctx.attr._allow_aslr[BuildSettingInfo].value,
        "layouts": _layouts(ctx),
        "root": _root(ctx, common["fixed_kernel"]),
        "runner_version": ctx.attr._runner_version[BuildSettingInfo].value,
        "simulator": simulator_fields(_simulator(ctx)),
        "track_subprocess": ctx.attr.track_subprocess or ctx.attr._track_subprocess[BuildSettingInfo].value,
        "verify": _verify(ctx),
    }

def _explained(ctx):
    """Returns the option of the driver by which it explains a Python program."""
    library = ctx.file._python_frames
    return {"--python-frames": library} if library else {}

def _python_frames_of(fixed_kernel):
    """Returns the library that tells Python functions apart; it needs a C toolchain, as the fixed kernel does."""
    return Label("//rules/python_frames") if fixed_kernel else None

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
    requirements = repeatable_requirements,
    resource_set = _one_cpu,
    toolchain_type = SIMULATOR_TOOLCHAIN_TYPE,
    inputs = _inputs,
    explained = _explained,
    arguments = REPEATABLE_ARGUMENTS | {
        "track_subprocess": attr.bool(
            doc = "Whether the processes that a benchmark starts are counted to it.",
        ),
    },
    attrs = REPEATABLE_ATTRS | {
        "_allow_aslr": attr.label(default = "//rules/settings:allow_aslr"),
        "_python_frames": attr.label(
            # Loaded by the measured program, as the fixed kernel is.
            default = _python_frames_of,
            allow_single_file = True,
            cfg = config.exec("measure"),
        ),
        "_layouts": attr.label(default = "//rules/settings:layouts"),
        "_runner_version": attr.label(default = "//rules/settings:runner_version"),
        "_track_subprocess": attr.label(default = "//rules/settings:simulation_track_subprocess"),
        "_verify": attr.label(default = "//rules/settings:verify"),
    },
)

codspeed_simulation = measuring_rule(
    SIMULATION,
    doc = "Measures one program under Valgrind. Made by the macro codspeed_benchmark.",
)
