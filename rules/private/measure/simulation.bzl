"""codspeed_simulation: one benchmark target measured by Valgrind, as two build actions.

`CodSpeedSimulate` runs the program under Valgrind and makes the profile folder;
`CodSpeedResults` reads the numbers out of it. Both are cached, shared, and can run
remotely: they depend on declared inputs only, but for what a program takes from the
machine, its libc above all. The setting host_key stands for that.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedProfileInfo")
load("//rules/private:errors.bzl", "error_text")
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "python_runtime", "run_driver")
load(":stage.bzl", "STAGE_ATTRS", "benchmark_label", "benchmark_spec", "stage_runfiles", "target_platform", "write_stage_manifest")
load(":transition.bzl", "simulation_transition")

SIMULATOR_TOOLCHAIN_TYPE = Label("//tools:simulator_toolchain_type")

# A measurement that needs the network is none that can be repeated.
_EXECUTION_REQUIREMENTS = {"block-network": ""}

def _measuring_requirements(ctx):
    """What the measuring action asks of who runs it."""
    if ctx.attr._host_key[BuildSettingInfo].value:
        return _EXECUTION_REQUIREMENTS

    # Another libc is another program: a laptop must not feed CI.
    return dict(_EXECUTION_REQUIREMENTS, **{"no-remote-cache-upload": ""})

def _one_cpu(_os, _inputs):
    """One core and the memory of a mid-sized simulated program, in MB."""
    return {"cpu": 1, "memory": 1024}

def _simulator(ctx):
    """The resolved simulator, or an error that tells how to get one."""
    toolchain = ctx.exec_groups["measure"].toolchains[SIMULATOR_TOOLCHAIN_TYPE]
    if not toolchain:
        fail(error_text(
            what = "no simulator for the platform of " + benchmark_label(ctx),
            got = "no toolchain of type " + str(SIMULATOR_TOOLCHAIN_TYPE),
            expected = "Linux on x86_64 or aarch64, the same for target and execution platform",
            fix = "choose such a --platforms, or register a codspeed_simulator_toolchain",
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

def _write_simulator_manifest(ctx, simulator):
    output = ctx.actions.declare_file(ctx.label.name + ".simulator")
    root = simulator.root

    def line(file):
        return file.short_path[len(root):] + "\t" + file.path

    lines = ctx.actions.args()
    lines.set_param_file_format("multiline")
    lines.add_all(simulator.files, map_each = line, allow_closure = True)
    ctx.actions.write(output, lines)
    return output

def _write_spec(ctx, runtime, simulator):
    output = ctx.actions.declare_file(ctx.label.name + ".spec.json")
    ctx.actions.write(output, json.encode_indent(benchmark_spec(
        ctx,
        runtime,
        allow_aslr = ctx.attr._allow_aslr[BuildSettingInfo].value,
        allow_empty = ctx.attr.allow_empty,
        filter_args = ctx.attr.filter_args,
        host_key = ctx.attr._host_key[BuildSettingInfo].value,
        isolate = ctx.attr.isolate,
        list_args = ctx.attr.list_args,
        platform = target_platform(ctx),
        simulator = simulator_fields(simulator),
    ), indent = " ") + "\n")
    return output

def _simulate(ctx, runtime):
    """Declares the CodSpeedSimulate action; returns its outputs."""
    simulator = _simulator(ctx)
    runfiles = stage_runfiles(ctx, runtime)
    files = ctx.actions.declare_file(ctx.label.name + ".files")
    more_files = write_stage_manifest(ctx, runfiles, files, from_runfiles = False)
    spec = _write_spec(ctx, runtime, simulator)
    simulator_files = _write_simulator_manifest(ctx, simulator)
    profile = ctx.actions.declare_directory(ctx.label.name + ".profile")
    provenance = ctx.actions.declare_file(ctx.label.name + ".provenance.json")
    log = ctx.actions.declare_file(ctx.label.name + ".log")

    arguments = ctx.actions.args()
    arguments.add("--spec", spec)
    arguments.add("--files", files)
    arguments.add("--simulator", simulator_files)
    arguments.add_all("--profile", [profile], expand_directories = False)
    arguments.add("--provenance", provenance)
    arguments.add("--log", log)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._simulate,
        sources = driver_sources(ctx.attr._measure),
        arguments = arguments,
        inputs = [
            depset([spec, files, simulator_files] + more_files),
            runfiles.files,
            depset([entry.target_file for entry in runfiles.symlinks.to_list() + runfiles.root_symlinks.to_list()]),
            simulator.files,
        ],
        outputs = [profile, provenance, log],
        mnemonic = "CodSpeedSimulate",
        progress_message = "Simulating %{label}",
        execution_requirements = _measuring_requirements(ctx),
        resource_set = _one_cpu,
        exec_group = "measure",
        toolchain = SIMULATOR_TOOLCHAIN_TYPE,
    )
    return profile, provenance, log

def _read_results(ctx, runtime, profile, provenance):
    """Declares the CodSpeedResults action; returns its output."""
    results = ctx.actions.declare_file(ctx.label.name + ".results.json")
    arguments = ctx.actions.args()
    arguments.add("--mode", "simulation")
    arguments.add_all("--measured", [profile], expand_directories = False)
    arguments.add("--provenance", provenance)
    arguments.add("--output", results)
    if ctx.attr.allow_empty:
        arguments.add("--allow-empty")
    run_driver(
        ctx,
        runtime,
        main = ctx.file._summarize,
        sources = driver_sources(ctx.attr._results),
        arguments = arguments,
        inputs = [depset([profile, provenance])],
        outputs = [results],
        mnemonic = "CodSpeedResults",
        progress_message = "Reading the profile of %{label}",
        execution_requirements = _EXECUTION_REQUIREMENTS,
        exec_group = "measure",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return results

def _simulation_impl(ctx):
    runtime = python_runtime(ctx.exec_groups["measure"].toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    profile, provenance, log = _simulate(ctx, runtime)
    results = _read_results(ctx, runtime, profile, provenance)
    return [
        DefaultInfo(files = depset([results])),
        CodSpeedProfileInfo(
            label = benchmark_label(ctx),
            log = log,
            mode = "simulation",
            profile = profile,
            provenance = provenance,
            results = results,
        ),
        OutputGroupInfo(
            log = depset([log]),
            profile = depset([profile, provenance]),
            results = depset([results]),
        ),
    ]

codspeed_simulation = rule(
    doc = "Measures one program under Valgrind. Made by the macro codspeed_benchmark.",
    implementation = _simulation_impl,
    cfg = simulation_transition,
    attrs = dict(STAGE_ATTRS, **{
        "allow_empty": attr.bool(
            doc = "Let a program that measures nothing pass.",
        ),
        "filter_args": attr.string_list(
            doc = "Arguments that make the program run one benchmark: `{name}` is its name, `{regex}` the name escaped.",
        ),
        "isolate": attr.bool(
            doc = "Measure each benchmark in a process of its own, so that its neighbours cannot move its numbers.",
        ),
        "list_args": attr.string_list(
            doc = "Arguments that make the program print the names of its benchmarks, one a line.",
        ),
        "_aarch64": attr.label(default = "@platforms//cpu:aarch64"),
        "_allow_aslr": attr.label(default = "//rules/settings:allow_aslr"),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_host_key": attr.label(default = "//rules/settings:host_key"),
        "_measure": attr.label(default = "//py/rules_codspeed/measure/simulation", cfg = "exec"),
        "_results": attr.label(default = "//py/rules_codspeed/results", cfg = "exec"),
        "_simulate": attr.label(
            default = "//py/rules_codspeed/measure/simulation:main.py",
            allow_single_file = True,
        ),
        "_summarize": attr.label(
            default = "//py/rules_codspeed/results:summarize.py",
            allow_single_file = True,
        ),
    }),
    exec_groups = {
        "measure": exec_group(toolchains = [
            # Optional, so that its absence is told in a sentence.
            config_common.toolchain_type(SIMULATOR_TOOLCHAIN_TYPE, mandatory = False),
            config_common.toolchain_type(PYTHON_TOOLCHAIN_TYPE, mandatory = True),
        ]),
    },
    provides = [CodSpeedProfileInfo],
)
