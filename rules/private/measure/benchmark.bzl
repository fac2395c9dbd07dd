"""codspeed_benchmark: declares the benchmarks of one program.

The macro follows the rules of symbolic macros: `name` is the main target, all
others are `name_*`, and nothing is read from outside.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedBenchmarkInfo", "CodSpeedProfileInfo")
load("//rules/private:errors.bzl", "error_text")
load("//rules/private:labels.bzl", "stable_label")
load("//rules/private:macros.bzl", "plain_list", "with_manual")
load("//rules/private:selection.bzl", "check_modes", "selected_modes")
load("//rules/private/archives:roots.bzl", "ROOT_PLATFORMS")
load(":modes.bzl", "MEASURING_RULES")
load(":output_groups.bzl", "output_groups")
load(":smoke_test.bzl", "codspeed_smoke_test")

def _failing_output(ctx, text):
    """Declares a file whose action fails with a text.

    An error during analysis would also fail a suite that leaves this benchmark out.
    """
    output = ctx.actions.declare_file(ctx.label.name + ".not_measured")
    ctx.actions.run_shell(
        outputs = [output],
        command = "printf '%s\\n' \"$1\" >&2; exit 1",
        arguments = [text],
        mnemonic = "CodSpeedNotMeasured",
        progress_message = "Measuring nothing for %{label}",
    )
    return output

def _nothing_selected(ctx, modes, offered):
    return _failing_output(ctx, error_text(
        what = "{} offers none of the selected modes, so nothing is measured".format(stable_label(ctx.label)),
        got = modes.described,
        expected = "one of " + repr(offered),
        fix = "choose another --@rules_codspeed//rules/settings:modes, or add the mode to the attribute modes",
    ))

def _benchmark_target_impl(ctx):
    measurements = {
        target[CodSpeedProfileInfo].mode: target[CodSpeedProfileInfo]
        for target in ctx.attr.measurements
    }
    modes = selected_modes(ctx)
    selected = [measurements[mode] for mode in modes.names if mode in measurements]

    # In every output group: a command that measures nothing must fail.
    nothing = [] if selected else [_nothing_selected(ctx, modes, measurements.keys())]
    groups = output_groups(selected, failing = nothing)
    return [
        DefaultInfo(files = groups["results"]),
        CodSpeedBenchmarkInfo(label = stable_label(ctx.label), measurements = measurements),
        OutputGroupInfo(
            log = depset(nothing + [info.log for info in selected]),
            **groups
        ),
    ]

benchmark_target = rule(
    doc = "A benchmark target: building it measures the selected modes. Made by the macro codspeed_benchmark.",
    implementation = _benchmark_target_impl,
    attrs = {
        "measurements": attr.label_list(
            doc = "The measuring targets, one for each mode.",
            providers = [CodSpeedProfileInfo],
        ),
        "modes": attr.string_list(
            doc = "Modes that the benchmark can be measured in.",
        ),
        "_modes": attr.label(
            default = "//rules/settings:modes",
            providers = [BuildSettingInfo],
        ),
    },
    provides = [CodSpeedBenchmarkInfo],
)

def _unless_switched_off(fixed_kernel):
    """Returns the attribute fixed_kernel, False where the setting switches it off for all targets.

    So that Bazel does not even look for a C toolchain then. A select() cannot be part of another
    one: there only what the driver gets is changed.
    """
    if type(fixed_kernel) != type(True):
        return fixed_kernel
    return select({
        Label("//rules/settings:without_fixed_kernel"): False,
        "//conditions:default": fixed_kernel,
    })

def _root_of(root):
    """Returns the root that a name of ours stands for; any other is a label of the user's."""
    return Label("//rules/roots:" + root) if root in ["host"] + ROOT_PLATFORMS.keys() else root

def codspeed_benchmark(
        name,
        binary,
        framework = "auto",
        modes = ["simulation"],
        args = [],
        env = {},
        data = [],
        isolate = None,
        fixed_kernel = True,
        clock = "machine",
        memory_stacks = "full",
        root = None,
        track_subprocess = False,
        list_args = None,
        filter_args = None,
        smoke_args = [],
        timeout_s = 600,
        processes = 1,
        walltime_args = {},
        unwinding = "auto",
        instruments = [],
        mongo_tracer = None,
        mongo_uri_env_name = "",
        postgres_dsn_env_name = "",
        allow_empty = False,
        exec_properties = {},
        tags = [],
        target_compatible_with = [],
        testonly = True,
        visibility = None):
    """Declares the benchmarks of one program.

    `bazel build :name` measures them; `bazel test :name_smoke_test` runs them
    once, un-instrumented. Measuring targets are `manual`, so `bazel build //...`
    measures nothing.

    Args:
      name: name of the benchmark target.
      binary: label of the program, in any language.
      framework: `hooks` (the program calls CodSpeed's hooks itself, as the C, C++ and
        Rust integrations do), `google_benchmark`, `criterion`, `divan` and `go` (these themselves,
        unmodified), `node` (a program of Node with tinybench), `jmh` (a suite of JMH), `pytest` (pytest-codspeed), `pytest_benchmark` (that itself, unmodified), `exec` (any
        dynamically linked program: the whole process is the benchmark), or `auto`: `pytest` for
        Python targets, and else what the program is recognised as by its file.
      modes: modes that the benchmark can be measured in; select() is not accepted.
      args: arguments of the program; `$(rootpath …)` names a file of `data` relative
        to the working directory, `$(rlocationpath …)` names it for a runfiles library, and
        `$$` is a dollar sign.
      env: environment variables of the program, expanded like `args`; the pinned variables
        cannot be set.
      data: files that the program reads at run time.
      isolate: simulation and memory: measure each benchmark in a process of its own, so that no other one
        moves its numbers. By default that is done where it costs little: in simulations with `pytest` and
        `pytest_benchmark`. `False` runs all benchmarks of a program in one process there too.
      fixed_kernel: simulation and memory: answer the program's questions about the machine (file metadata,
        order of folders, host name, users, processors, random numbers) the same on all
        machines. `False` is for programs that need the truth; results then state it.
        `--@rules_codspeed//rules/settings:fixed_kernel=false` does so for all targets.
      clock: simulation and memory: the clock that the program sees. `machine`, or `logical`: it starts at a
        fixed time, each look moves it by a microsecond, and a sleep returns at once and moves it
        by its length. For programs that print the time, or do more or less by it; not for ones
        that repeat their work until a time has passed, or wait for others with a time limit.
      memory_stacks: memory: which allocations have a call stack in the report: `full`, all of them; `sampled`, one of
        32, which stands for those before it; or `none`. Numbers are the same with each.
        `--@rules_codspeed//rules/settings:memory_stacks` chooses for all targets.
      root: simulation and memory: what the program gets in place of the machine's libraries, programs and settings: `"debian12"`, a
        pinned set of Debian's packages; the label of a `codspeed_root`; or `"host"` for the machine's own. The default is
        `--@rules_codspeed//rules/settings:root`. With a root, numbers do not depend on the machine's libc, and
        `host_key` is not needed. A benchmark of mode walltime has none.
      track_subprocess: simulation: count the processes that a benchmark starts to it. With framework `exec` any program, shell or
        launcher and what it starts; with others what programs with CodSpeed's hooks start between start and stop, which needs
        CodSpeed's Valgrind 3.26.0-0codspeed7 or newer. `--@rules_codspeed//rules/settings:simulation_track_subprocess` does so for
        all targets.
      list_args: with `isolate`: arguments that list the benchmarks; the default is
        google_benchmark's, `["--benchmark_list_tests"]`.
      filter_args: with `isolate`: arguments that run just one; the default is
        google_benchmark's, `["--benchmark_filter=^{regex}$"]`.
      smoke_args: more arguments for the smoke test.
      timeout_s: seconds after which a measurement is killed.
      processes: walltime: how many times the program runs, to see how much its numbers vary.
      walltime_args: walltime with `pytest`, `pytest_benchmark` and `exec`: `warmup_time`, `max_time`, `min_time`
        (in seconds, or with a unit: `500ms`), `max_rounds`, `min_rounds`; with `google_benchmark`
        and `go` `min_time` of a repetition, and `max_rounds`, how many there are; with `criterion`
        `warmup_time`, `max_time` and `max_rounds`.
      unwinding: walltime: how perf finds call chains: `fp`, `dwarf`, or `auto`.
      instruments: walltime: what else is observed: `postgres`, the queries that benchmarks send to a PostgreSQL server, and `mongodb`, what
        CodSpeed's tracer sees of the traffic with a MongoDB; see [databases.md](../databases.md).
      mongo_tracer: walltime: the program that stands between the benchmarks and MongoDB; by default the pinned one of CodSpeed.
      mongo_uri_env_name: walltime: name of the variable with the address of the server, whose value comes as that of the next one does; the
        program sees the tracer's. Without it the program's integration has to name the server to the tracer.
      postgres_dsn_env_name: walltime: name of the variable with the connection string of a superuser, which the program gets too. Its
        value comes from `@rules_codspeed//tools:with_secrets`, as [databases.md](../databases.md) explains, never from Bazel.
      allow_empty: whether a program that measures nothing passes.
      exec_properties: for the measuring action; a property like `measure.Pool`
        reaches its exec group only.
      tags: tags of all targets; select() is not accepted.
      target_compatible_with: constraints in addition to Linux.
      testonly: whether only tests and test-only targets may depend on it.
      visibility: visibility of the benchmark target.
    """
    modes = check_modes(plain_list(modes, "modes", name), "the attribute modes of " + name)
    instruments = plain_list(instruments, "instruments", name)
    measuring_tags = with_manual(tags, name)
    compatible = target_compatible_with + [Label("@platforms//os:linux")]
    common = {
        "benchmark_name": name,
        "binary": binary,
        "data": data,
        "environment": env,
        "framework": framework,
        "target_compatible_with": compatible,
        "testonly": testonly,
    }
    own = {
        "clock": clock,
        "filter_args": filter_args,
        "instruments": instruments,
        "mongo_tracer": mongo_tracer or (Label("//tools:mongo_tracer") if "mongodb" in instruments else None),
        "mongo_uri_env_name": mongo_uri_env_name,
        "postgres_dsn_env_name": postgres_dsn_env_name,
        "fixed_kernel": _unless_switched_off(fixed_kernel),
        "isolate": isolate or False,
        "isolate_if_cheap": isolate == None,
        "list_args": list_args,
        "memory_stacks": memory_stacks,
        "processes": processes,
        "root": _root_of(root),
        "track_subprocess": track_subprocess,
        "unwinding": unwinding,
        "walltime_args": walltime_args,
    }
    for mode in modes:
        measuring = MEASURING_RULES[mode]
        measuring.rule(
            name = "{}_{}".format(name, mode),
            allow_empty = allow_empty,
            arguments = args,
            exec_properties = exec_properties,
            tags = measuring_tags,
            timeout_s = timeout_s,
            visibility = ["//visibility:private"],
            **(common | {argument: own[argument] for argument in measuring.arguments})
        )
    benchmark_target(
        name = name,
        measurements = [":{}_{}".format(name, mode) for mode in modes],
        modes = modes,
        tags = measuring_tags,
        target_compatible_with = compatible,
        testonly = testonly,
        visibility = visibility,
    )
    codspeed_smoke_test(
        name = name + "_smoke_test",
        arguments = args + smoke_args,
        filter_args = filter_args,
        isolate = own["isolate"],
        isolate_if_cheap = own["isolate_if_cheap"],
        list_args = list_args,
        tags = tags,
        visibility = ["//visibility:private"],
        **common
    )
