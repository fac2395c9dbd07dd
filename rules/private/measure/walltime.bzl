"""codspeed_walltime: one benchmark target measured on the clock, as three build actions.

`CodSpeedWalltime` measures, alone on the machine; `CodSpeedHarvest` makes the profile
folder of what it left, and `CodSpeedResults` reads the numbers, both beside other work.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedProfileInfo")
load("//rules/private:errors.bzl", "error_text")
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "python_runtime", "run_driver")
load(":stage.bzl", "STAGE_ATTRS", "benchmark_label", "benchmark_spec", "stage_runfiles", "target_platform", "write_stage_manifest")
load(":transition.bzl", "walltime_transition")

PERF_TOOLCHAIN_TYPE = Label("//tools:perf_toolchain_type")

# Times of this machine, now: another machine must not take them for its own, and no
# cache must bring them back. The network is no part of a measurement.
_MEASURING_REQUIREMENTS = {
    "block-network": "",
    "no-cache": "",
    "no-remote": "",
}

def _whole_machine(_os, _inputs):
    """More processors than there are: Bazel grants that only when nothing else runs on this machine."""
    return {"cpu": 1000, "memory": 1024}

def _one_cpu(_os, _inputs):
    """One core, and the memory of symbols of a large program, in MB."""
    return {"cpu": 1, "memory": 512}

def _perf(ctx):
    """The perf that the driver looks for; None where no toolchain offers one."""
    toolchain = ctx.exec_groups["measure"].toolchains[PERF_TOOLCHAIN_TYPE]
    if not toolchain:
        return None
    return {"minimum_version": toolchain.perf.minimum_version, "path": toolchain.perf.path}

def _processes(ctx):
    if ctx.attr.processes < 1:
        fail(error_text(
            what = "processes of {} measures nothing".format(benchmark_label(ctx)),
            got = ctx.attr.processes,
            expected = "how many times the program runs, 1 or more",
            fix = "raise processes, or remove it",
        ))
    return ctx.attr.processes

def _walltime_args(ctx):
    for name in ctx.attr.walltime_args:
        if name not in WALLTIME_ARGS:
            fail(error_text(
                what = "unknown walltime_args of " + benchmark_label(ctx),
                got = repr(name),
                expected = "one of " + repr(WALLTIME_ARGS),
                fix = "name one of those; a program of framework hooks takes its own by args",
            ))
    return ctx.attr.walltime_args

def _write_spec(ctx, runtime):
    output = ctx.actions.declare_file(ctx.label.name + ".spec.json")
    ctx.actions.write(output, json.encode_indent(benchmark_spec(
        ctx,
        runtime,
        allow_empty = ctx.attr.allow_empty,
        mode = "walltime",
        perf = _perf(ctx),
        platform = target_platform(ctx),
        processes = _processes(ctx),
        profiler = ctx.attr._profiler[BuildSettingInfo].value,
        remeasure = ctx.attr._remeasure[BuildSettingInfo].value,
        runner_version = ctx.attr._runner_version[BuildSettingInfo].value,
        unwinding = "" if ctx.attr.unwinding == "auto" else ctx.attr.unwinding,
        walltime_args = _walltime_args(ctx),
    ), indent = " ") + "\n")
    return output

def _measure(ctx, runtime):
    """Declares the CodSpeedWalltime action; returns its outputs."""
    runfiles = stage_runfiles(ctx, runtime)
    files = ctx.actions.declare_file(ctx.label.name + ".files")
    more_files = write_stage_manifest(ctx, runfiles, files, from_runfiles = False)
    spec = _write_spec(ctx, runtime)
    raw = ctx.actions.declare_directory(ctx.label.name + ".raw")
    times = ctx.actions.declare_file(ctx.label.name + ".times.json")
    provenance = ctx.actions.declare_file(ctx.label.name + ".provenance.json")
    log = ctx.actions.declare_file(ctx.label.name + ".log")

    arguments = ctx.actions.args()
    arguments.add("--spec", spec)
    arguments.add("--files", files)
    arguments.add_all("--raw", [raw], expand_directories = False)
    arguments.add("--walltime", times)
    arguments.add("--provenance", provenance)
    arguments.add("--log", log)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._walltime,
        sources = driver_sources(ctx.attr._measure),
        arguments = arguments,
        inputs = [
            depset([spec, files] + more_files),
            runfiles.files,
            depset([entry.target_file for entry in runfiles.symlinks.to_list() + runfiles.root_symlinks.to_list()]),
        ],
        wheels = ctx.attr._wheels,
        outputs = [raw, times, provenance, log],
        mnemonic = "CodSpeedWalltime",
        progress_message = "Timing %{label}",
        execution_requirements = _MEASURING_REQUIREMENTS,
        resource_set = _whole_machine,
        exec_group = "measure",
        toolchain = PERF_TOOLCHAIN_TYPE,
    )
    return struct(raw = raw, times = times, provenance = provenance, log = log)

def _harvest(ctx, runtime, raw):
    """Declares the CodSpeedHarvest action; returns the profile folder and its log."""
    profile = ctx.actions.declare_directory(ctx.label.name + ".profile")
    log = ctx.actions.declare_file(ctx.label.name + ".harvest.log")
    arguments = ctx.actions.args()
    arguments.add_all("--raw", [raw], expand_directories = False)
    arguments.add_all("--profile", [profile], expand_directories = False)
    arguments.add("--log", log)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._harvester,
        sources = driver_sources(ctx.attr._harvest),
        arguments = arguments,
        inputs = [depset([raw])],
        wheels = ctx.attr._wheels,
        outputs = [profile, log],
        mnemonic = "CodSpeedHarvest",
        progress_message = "Harvesting symbols of %{label}",
        execution_requirements = {"block-network": ""},
        resource_set = _one_cpu,
        exec_group = "measure",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return profile, log

def _read_results(ctx, runtime, measured):
    """Declares the CodSpeedResults action; returns its output."""
    results = ctx.actions.declare_file(ctx.label.name + ".results.json")
    arguments = ctx.actions.args()
    arguments.add("--mode", "walltime")
    arguments.add("--measured", measured.times)
    arguments.add("--provenance", measured.provenance)
    arguments.add("--output", results)
    if ctx.attr.allow_empty:
        arguments.add("--allow-empty")
    run_driver(
        ctx,
        runtime,
        main = ctx.file._summarize,
        sources = driver_sources(ctx.attr._results),
        arguments = arguments,
        inputs = [depset([measured.times, measured.provenance])],
        outputs = [results],
        mnemonic = "CodSpeedResults",
        progress_message = "Reading the times of %{label}",
        execution_requirements = {"block-network": ""},
        exec_group = "measure",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return results

def _walltime_impl(ctx):
    runtime = python_runtime(ctx.exec_groups["measure"].toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    measured = _measure(ctx, runtime)
    profile, harvest_log = _harvest(ctx, runtime, measured.raw)
    results = _read_results(ctx, runtime, measured)
    return [
        DefaultInfo(files = depset([results])),
        CodSpeedProfileInfo(
            label = benchmark_label(ctx),
            log = measured.log,
            mode = "walltime",
            profile = profile,
            provenance = measured.provenance,
            results = results,
        ),
        OutputGroupInfo(
            log = depset([measured.log, harvest_log]),
            profile = depset([profile, measured.provenance]),
            raw = depset([measured.raw, measured.times]),
            results = depset([results]),
        ),
    ]

WALLTIME_ARGS = ["warmup_time", "max_time", "min_time", "max_rounds", "min_rounds"]

codspeed_walltime = rule(
    doc = "Measures the time of one program. Made by the macro codspeed_benchmark.",
    implementation = _walltime_impl,
    cfg = walltime_transition,
    attrs = dict(STAGE_ATTRS, **{
        "allow_empty": attr.bool(
            doc = "Let a program that measures nothing pass.",
        ),
        "processes": attr.int(
            doc = "How many times the program runs: how much its numbers vary from process to process is shown.",
            default = 1,
        ),
        "unwinding": attr.string(
            doc = "How call chains are found: by frame pointers (`fp`), by `dwarf`, or as CodSpeed's runner decides (`auto`).",
            default = "auto",
            values = ["auto", "fp", "dwarf"],
        ),
        "walltime_args": attr.string_dict(
            doc = "Of pytest-codspeed and exec: {}.".format(", ".join(["`{}`".format(name) for name in WALLTIME_ARGS])),
        ),
        "_aarch64": attr.label(default = "@platforms//cpu:aarch64"),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_harvest": attr.label(default = "//py/rules_codspeed/harvest", cfg = "exec"),
        "_harvester": attr.label(
            default = "//py/rules_codspeed/harvest:main.py",
            allow_single_file = True,
        ),
        "_measure": attr.label(default = "//py/rules_codspeed/measure/walltime", cfg = "exec"),
        # Here a whole process is measured by the clock: no library is preloaded.
        "_preload": attr.label(allow_single_file = True),
        "_profiler": attr.label(default = "//rules/settings:profiler"),
        "_remeasure": attr.label(default = "//rules/settings:remeasure"),
        "_results": attr.label(default = "//py/rules_codspeed/results", cfg = "exec"),
        "_runner_version": attr.label(default = "//rules/settings:runner_version"),
        "_summarize": attr.label(
            default = "//py/rules_codspeed/results:summarize.py",
            allow_single_file = True,
        ),
        "_walltime": attr.label(
            default = "//py/rules_codspeed/measure/walltime:main.py",
            allow_single_file = True,
        ),
        "_wheels": attr.label_list(
            # perf compresses what it records; ELF files are read by their structure.
            default = [
                "//py/wheels:pyelftools",
                "//py/wheels:zstandard",
            ],
            cfg = "exec",
        ),
    }),
    exec_groups = {
        "measure": exec_group(toolchains = [
            # Without perf, time is measured all the same.
            config_common.toolchain_type(PERF_TOOLCHAIN_TYPE, mandatory = False),
            config_common.toolchain_type(PYTHON_TOOLCHAIN_TYPE, mandatory = True),
        ]),
    },
    provides = [CodSpeedProfileInfo],
)
