"""Mode `walltime`: one program measured on the clock, as three build actions.

`CodSpeedWalltime` measures while nothing else of the build runs; `CodSpeedHarvest` makes the
profile folder from the recording, and `CodSpeedResults` reads the numbers, both beside other work.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedRootInfo")
load("//rules/private:errors.bzl", "error_text")
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "run_driver")
load(":instruments.bzl", "INSTRUMENT_ATTRS", "instrument_fields", "instrument_inputs", "with_network")
load(":measurement.bzl", "WITHOUT_NETWORK", "measuring_rule", "mode", "mode_toolchain", "output")
load(":stage.bzl", "benchmark_label")

PERF_TOOLCHAIN_TYPE = Label("//tools:perf_toolchain_type")

WALLTIME_ARGS = ["warmup_time", "max_time", "min_time", "max_rounds", "min_rounds"]

def _requirements(ctx):
    """Keeps times on this machine: no other machine may use them, and no cache may return them later."""
    return (with_network(ctx) or WITHOUT_NETWORK) | {
        "no-cache": "",
        "no-remote": "",
    }

def _whole_machine(_os, _inputs):
    """Requests more processors than there are, which Bazel grants only when nothing else of the build runs."""
    return {"cpu": 1000, "memory": 1024}

def _one_cpu(_os, _inputs):
    """Returns one core, and the memory for the symbols of a large program, in MB."""
    return {"cpu": 1, "memory": 512}

def _perf(ctx):
    """Returns the perf that the driver looks for; None without a toolchain, where time is measured without perf."""
    toolchain = mode_toolchain(ctx, PERF_TOOLCHAIN_TYPE)
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
                fix = "name one of those; pass options of a program of framework hooks in args",
            ))
    return ctx.attr.walltime_args

def _check_root(ctx):
    """Fails where a benchmark has a root of its own: it would not be used."""
    root = ctx.attr.root[CodSpeedRootInfo].name
    if root:
        fail(error_text(
            what = "{} cannot be timed under a pinned root".format(benchmark_label(ctx)),
            got = "root {} and mode walltime".format(root),
            expected = "a root with modes simulation and memory only: times are the machine's, and so are its libraries then",
            fix = "declare a benchmark of its own for walltime, without root; or set the root of all others by the setting " +
                  "//rules/settings:root, which leaves walltime out",
        ))

def _spec(ctx):
    _check_root(ctx)
    return {
        "instruments": instrument_fields(ctx),
        "perf": _perf(ctx),
        "processes": _processes(ctx),
        "profiler": ctx.attr._profiler[BuildSettingInfo].value,
        "runner_version": ctx.attr._runner_version[BuildSettingInfo].value,
        "unwinding": "" if ctx.attr.unwinding == "auto" else ctx.attr.unwinding,
        "walltime_args": _walltime_args(ctx),
    }

def _harvest(ctx, runtime, measured):
    """Declares the CodSpeedHarvest action; returns the profile folder and its log."""
    profile = ctx.actions.declare_directory(ctx.label.name + ".profile")
    log = ctx.actions.declare_file(ctx.label.name + ".harvest.log")
    arguments = ctx.actions.args()
    arguments.add_all("--raw", [measured.raw], expand_directories = False)
    arguments.add_all("--profile", [profile], expand_directories = False)
    arguments.add("--log", log)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._harvester,
        sources = driver_sources(ctx.attr._harvest),
        arguments = arguments,
        inputs = [depset([measured.raw])],
        wheels = ctx.attr._wheels,
        outputs = [profile, log],
        mnemonic = "CodSpeedHarvest",
        progress_message = "Harvesting symbols of %{label}",
        execution_requirements = WITHOUT_NETWORK,
        resource_set = _one_cpu,
        exec_group = "measure",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return struct(profile = profile, log = log)

WALLTIME = mode(
    name = "walltime",
    mnemonic = "CodSpeedWalltime",
    progress = "Timing",
    driver = "//py/rules_codspeed/measure/walltime",
    outputs = {
        "raw": output("--raw", ".raw", folder = True),
        "times": output("--walltime", ".times.json"),
    },
    read = "times",
    spec = _spec,
    requirements = _requirements,
    resource_set = _whole_machine,
    toolchain_type = PERF_TOOLCHAIN_TYPE,
    inputs = instrument_inputs,
    harvest = _harvest,
    # perf compresses what it records; ELF files are read by their structure, and what a framework
    # itself wrote by its form.
    wheels = [
        "//py/wheels:pydantic",
        "//py/wheels:pyelftools",
        "//py/wheels:zstandard",
    ],
    arguments = INSTRUMENT_ATTRS | {
        "root": attr.label(
            doc = "That of the benchmark, if it names one, which is refused in this mode.",
            default = "//rules/roots:host",
            providers = [CodSpeedRootInfo],
        ),
        "processes": attr.int(
            doc = "How many times the program runs, to show how much its numbers vary from process to process.",
            default = 1,
        ),
        "unwinding": attr.string(
            doc = "How call chains are found: by frame pointers (`fp`), by `dwarf`, or as CodSpeed's runner decides (`auto`).",
            default = "auto",
            values = ["auto", "fp", "dwarf"],
        ),
        "walltime_args": attr.string_dict(
            doc = "Options of pytest-codspeed, exec, google_benchmark, criterion and Go: {}.".format(", ".join(["`{}`".format(name) for name in WALLTIME_ARGS])),
        ),
    },
    attrs = {
        "_harvest": attr.label(default = "//py/rules_codspeed/harvest", cfg = "exec"),
        "_harvester": attr.label(
            default = "//py/rules_codspeed/harvest:main.py",
            allow_single_file = True,
        ),
        # In this mode the driver times a whole process: no library is preloaded.
        "_preload": attr.label(allow_single_file = True),
        "_profiler": attr.label(default = "//rules/settings:profiler"),
        "_runner_version": attr.label(default = "//rules/settings:runner_version"),
    },
)

codspeed_walltime = measuring_rule(
    WALLTIME,
    doc = "Measures the time of one program. Made by the macro codspeed_benchmark.",
)
