"""What the measuring rules share: one implementation, which a mode parametrizes.

A mode is a file in this folder. It describes itself with `mode`, makes its rule with
`measuring_rule`, and is listed in modes.bzl. Each measurement is one action that runs
the mode's driver on a staged program, for some modes one that makes the profile folder from
its outputs, and `CodSpeedResults`, which reads the numbers. These succeed where the benchmark is
at fault, and record it; `CodSpeedCheck` then fails the build of the benchmark.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedProfileInfo")
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "program_runtime", "python_runtime", "run_driver")
load(":bytecode.bzl", "BytecodeInfo", "bytecode_folders")
load(":check.bzl", "CHECK_ATTRS", "check_results")
load(":output_groups.bzl", "output_groups")
load(":stage.bzl", "STAGE_ATTRS", "benchmark_label", "benchmark_spec", "program_parts", "runs_python", "stage_runfiles", "target_platform", "write_stage_manifest")
load(":transition.bzl", "measuring_transition")

# A measurement that needs the network cannot be repeated.
WITHOUT_NETWORK = {"block-network": ""}

def output(option, suffix, folder = False):
    """Describes an output of a mode's driver other than provenance and log.

    Args:
      option: the option by which drivers get its path.
      suffix: follows the target's name in the file's name.
      folder: whether it is a folder of files.

    Returns:
      a struct of these.
    """
    return struct(option = option, suffix = suffix, folder = folder)

def mode(
        name,
        mnemonic,
        progress,
        driver,
        outputs,
        read,
        spec,
        requirements,
        resource_set,
        toolchain_type = None,
        inputs = None,
        harvest = None,
        explained = None,
        wheels = [],
        arguments = {},
        attrs = {}):
    """Describes a mode: everything that is specific to its measurements.

    Args:
      name: name of the mode, one of MODES.
      mnemonic: mnemonic of the measuring action.
      progress: what the measuring action does, before the label.
      driver: label of the py_library whose main.py the measuring action runs. It gets `--spec`,
        `--files`, what `inputs` adds, the outputs, `--provenance`, `--accounting` and `--log`.
      outputs: dict from a name to an `output`. Without `harvest` it has `profile`, the
        profile folder, which may be empty.
      read: key in `outputs`: what results/readers/<name>.py, or else numbers.py beside it, reads
        the numbers from.
      spec: function of the rule context that returns the mode's own fields of the
        benchmark's description, a dict of JSON values.
      requirements: function of the rule context that returns the measuring action's
        execution requirements.
      resource_set: resource set of the measuring action: a function that Bazel calls.
      toolchain_type: Label of the toolchain that the mode needs, or None. It is optional, so
        that `spec` or `inputs` can explain its absence.
      inputs: function of the rule context that returns a struct of `options`, a dict from
        an option of the driver to a File, and `files`, a depset of more inputs; or None.
      harvest: function of the rule context, the PyRuntimeInfo and a struct of the measuring
        action's outputs that declares the action which makes the profile folder, and returns
        a struct of `profile` and `log`; or None.
      explained: function of the rule context that returns options of the driver by which it explains a
        Python program, a dict to Files; or None.
      wheels: labels of the Python packages that the driver imports.
      arguments: the rule's own attributes, by name; codspeed_benchmark has an argument
        of the same name for each.
      attrs: private attributes of the rule, by name.

    Returns:
      a struct of these.
    """
    return struct(
        name = name,
        mnemonic = mnemonic,
        progress = progress,
        driver = driver,
        outputs = outputs,
        read = read,
        spec = spec,
        requirements = requirements,
        resource_set = resource_set,
        toolchain_type = toolchain_type,
        inputs = inputs,
        harvest = harvest,
        explained = explained,
        wheels = wheels,
        arguments = arguments,
        attrs = attrs,
    )

def mode_toolchain(ctx, toolchain_type):
    """Returns the resolved toolchain of a mode.

    Args:
      ctx: the context of a measuring rule.
      toolchain_type: the mode's.

    Returns:
      a ToolchainInfo, or None where none is registered for the platform.
    """
    return ctx.exec_groups["measure"].toolchains[toolchain_type]

def _write_spec(ctx, mode, runtime, fields):
    spec = ctx.actions.declare_file(ctx.label.name + ".spec.json")
    ctx.actions.write(spec, json.encode_indent(benchmark_spec(
        ctx,
        runtime,
        allow_empty = ctx.attr.allow_empty,
        compatibility = ctx.attr._compatibility[BuildSettingInfo].value,
        mode = mode.name,
        platform = target_platform(ctx),
        remeasure = ctx.attr._remeasure[BuildSettingInfo].value,
        **fields
    ), indent = " ") + "\n")
    return spec

def _declared(ctx, mode, prefix):
    """Files and folders that the driver writes, by name."""
    return {
        name: (ctx.actions.declare_directory if of.folder else ctx.actions.declare_file)(prefix + of.suffix)
        for name, of in mode.outputs.items()
    }

def _add_path(arguments, option, of, file):
    """Passes the path of an output by an option."""
    if of.folder:
        # By its own path, not by those of the files in it.
        arguments.add_all(option, [file], expand_directories = False)
    else:
        arguments.add(option, file)

def _bytecode(ctx, runtime):
    """Returns the compiled modules of a Python program, a depset of folders."""
    if not runs_python(ctx):
        return depset()
    interpreter = program_runtime(ctx.attr.binary, runtime)
    return bytecode_folders(program_parts(ctx), ctx.attr._interpreter_bytecode, interpreter)

def _staged(ctx, mode, runtime, fields):
    """Returns what all runs of the program have in common.

    Args:
      ctx: the context of a measuring rule.
      mode: from `mode`.
      runtime: the PyRuntimeInfo of the drivers.
      fields: the mode's own fields of the benchmark's description.

    Returns:
      a struct of `options`, a dict from options of the driver to Files, and `inputs`, a list of depsets.
    """
    runfiles = stage_runfiles(ctx, runtime)
    bytecode = _bytecode(ctx, runtime)
    files = ctx.actions.declare_file(ctx.label.name + ".files")
    more_files = write_stage_manifest(ctx, runfiles, files, from_runfiles = False, folders = bytecode)
    own = mode.inputs(ctx) if mode.inputs else struct(options = {}, files = depset())
    options = {"--spec": _write_spec(ctx, mode, runtime, fields), "--files": files} | own.options
    return struct(
        options = options,
        inputs = [
            depset(options.values() + more_files),
            runfiles.files,
            depset([entry.target_file for entry in runfiles.symlinks.to_list() + runfiles.root_symlinks.to_list()]),
            own.files,
            bytecode,
        ],
    )

def _run(ctx, mode, runtime, staged, prefix = "", mnemonic = None, progress = None, options = {}):
    """Declares an action that runs the program; returns its outputs by name.

    Args:
      ctx: the context of a measuring rule.
      mode: from `mode`.
      runtime: the PyRuntimeInfo of the drivers.
      staged: from `_staged`.
      prefix: of the suffixes of the outputs; empty for the measurement itself.
      mnemonic: of the action; default: the mode's.
      progress: what the action does, before the label; default: the mode's.
      options: more options of the driver, a dict to Files.
    """
    name = ctx.label.name + prefix
    outputs = _declared(ctx, mode, name)
    described = {
        "accounting": ctx.actions.declare_file(name + ".accounting.json"),
        "log": ctx.actions.declare_file(name + ".log"),
        "provenance": ctx.actions.declare_file(name + ".provenance.json"),
    }
    arguments = ctx.actions.args()
    for option, file in (staged.options | options).items():
        arguments.add(option, file)
    for output_name, of in mode.outputs.items():
        _add_path(arguments, of.option, of, outputs[output_name])
    for output_name, file in described.items():
        arguments.add("--" + output_name, file)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._driver,
        sources = driver_sources(ctx.attr._measure),
        arguments = arguments,
        inputs = staged.inputs + [depset(options.values())],
        wheels = ctx.attr._wheels,
        outputs = outputs.values() + described.values(),
        mnemonic = mnemonic or mode.mnemonic,
        progress_message = (progress or mode.progress) + " %{label}",
        execution_requirements = mode.requirements(ctx),
        resource_set = mode.resource_set,
        exec_group = "measure",
        toolchain = mode.toolchain_type or PYTHON_TOOLCHAIN_TYPE,
    )
    return outputs | described

def _explained(ctx, mode, runtime, staged, measured):
    """Declares the action that explains a measurement, which runs only where its output is asked for.

    Returns:
      the profile folder; None where there is nothing to explain.
    """
    options = mode.explained(ctx) if mode.explained else {}
    if not options or not runs_python(ctx):
        return None
    outputs = _run(
        ctx,
        mode,
        runtime,
        staged,
        prefix = ".explained",
        mnemonic = "CodSpeedExplain",
        progress = "Explaining",
        options = options | {"--measured": measured["provenance"]},
    )
    return outputs["profile"]

def _read_results(ctx, mode, runtime, measured):
    """Declares the CodSpeedResults action; returns its output."""
    results = ctx.actions.declare_file(ctx.label.name + ".results.json")
    arguments = ctx.actions.args()
    arguments.add("--mode", mode.name)
    _add_path(arguments, "--measured", mode.outputs[mode.read], measured[mode.read])
    arguments.add("--provenance", measured["provenance"])
    arguments.add("--accounting", measured["accounting"])
    arguments.add("--output", results)
    if ctx.attr.allow_empty:
        arguments.add("--allow-empty")
    run_driver(
        ctx,
        runtime,
        main = ctx.file._reader,
        sources = driver_sources(ctx.attr._results),
        arguments = arguments,
        inputs = [depset([measured[mode.read], measured["provenance"], measured["accounting"]])],
        worker = True,
        outputs = [results],
        mnemonic = "CodSpeedResults",
        progress_message = "Reading the {} of %{{label}}".format(mode.read),
        execution_requirements = WITHOUT_NETWORK,
        exec_group = "measure",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return results

def _measurement(ctx, mode):
    """Implements the measuring rules."""
    runtime = python_runtime(ctx.exec_groups["measure"].toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    fields = mode.spec(ctx)
    staged = _staged(ctx, mode, runtime, fields)
    measured = _run(ctx, mode, runtime, staged)
    profile = measured.get("profile")
    logs = [measured["log"]]
    raw = {}
    if mode.harvest:
        harvested = mode.harvest(ctx, runtime, struct(**measured))
        profile = harvested.profile
        logs.append(harvested.log)
        raw = {"raw": depset([measured[name] for name in mode.outputs])}
    results = _read_results(ctx, mode, runtime, measured)
    checked = check_results(
        ctx,
        runtime,
        results,
        exec_group = "measure",
        execution_requirements = WITHOUT_NETWORK,
    )
    measurement = CodSpeedProfileInfo(
        checked = checked,
        explained = _explained(ctx, mode, runtime, staged, measured),
        label = benchmark_label(ctx),
        log = measured["log"],
        mode = mode.name,
        profile = profile,
        provenance = measured["provenance"],
        results = results,
        verify = fields.get("verify", 1),
    )
    groups = output_groups([measurement])
    return [
        DefaultInfo(files = groups["results"]),
        measurement,
        OutputGroupInfo(log = depset(logs), **(groups | raw)),
    ]

def _attributes(mode):
    return STAGE_ATTRS | CHECK_ATTRS | {
        "allow_empty": attr.bool(
            doc = "Whether a program that measures nothing passes.",
        ),
        "_aarch64": attr.label(default = "@platforms//cpu:aarch64"),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_compatibility": attr.label(default = "//rules/settings:compatibility"),
        "_driver": attr.label(default = mode.driver + ":main.py", allow_single_file = True),
        "_interpreter_bytecode": attr.label(
            default = "//rules/private/measure:interpreter_bytecode",
            providers = [BytecodeInfo],
        ),
        "_measure": attr.label(default = mode.driver, cfg = "exec"),
        "_reader": attr.label(
            default = "//py/rules_codspeed/results:summarize.py",
            allow_single_file = True,
        ),
        "_remeasure": attr.label(default = "//rules/settings:remeasure"),
        "_results": attr.label(default = "//py/rules_codspeed/results", cfg = "exec"),
        "_wheels": attr.label_list(default = mode.wheels, cfg = "exec"),
    } | mode.arguments | mode.attrs

def measuring_rule(mode, doc):
    """Makes the rule that measures one program in a mode.

    Args:
      mode: from `mode`.
      doc: the rule's documentation.

    Returns:
      a rule, which must be bound to a global name of the mode's file.
    """
    own = [config_common.toolchain_type(mode.toolchain_type, mandatory = False)] if mode.toolchain_type else []
    return rule(
        doc = doc,
        implementation = lambda ctx: _measurement(ctx, mode),
        cfg = measuring_transition(mode.name),
        attrs = _attributes(mode),
        exec_groups = {
            "measure": exec_group(toolchains = own + [
                config_common.toolchain_type(PYTHON_TOOLCHAIN_TYPE, mandatory = True),
            ]),
        },
        provides = [CodSpeedProfileInfo],
    )
