"""Targets that run a pinned tool of the target platform: `bazel run @rules_codspeed//tools:runner`."""

load("//rules/private/archives:tools.bzl", "PLATFORMS", "RUN_TOOLS")
load(":errors.bzl", "error_text")

def _toolchain_type(tool):
    return Label("//tools:{}_toolchain_type".format(RUN_TOOLS[tool]))

def _run_tool_impl(ctx):
    toolchain = ctx.toolchains[_toolchain_type(ctx.attr.tool)]
    if not toolchain:
        fail(error_text(
            what = "no {} for the target platform".format(ctx.attr.tool),
            got = str(ctx.fragments.platform.platform),
            expected = "a platform for which the chosen version has a row; versions of the table have " + " and ".join(PLATFORMS),
            fix = "choose such a platform with --platforms, add the row with codspeed.archive(…), or register a codspeed_tool_toolchain",
        ))
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = toolchain.tool.program, is_executable = True)
    return [DefaultInfo(
        executable = program,
        runfiles = ctx.runfiles(files = [toolchain.tool.program]),
    )]

def _run_tool_rule(tool):
    """Makes the rule of one tool: a rule's toolchain types are fixed when it is defined."""
    return rule(
        doc = "Runs the pinned {}.".format(tool),
        implementation = _run_tool_impl,
        attrs = {
            "tool": attr.string(
                doc = "Name of the tool in the table.",
                default = tool,
                values = [tool],
            ),
        },
        executable = True,
        fragments = ["platform"],
        toolchains = [config_common.toolchain_type(_toolchain_type(tool), mandatory = False)],
    )

run_exec_harness = _run_tool_rule("codspeed-exec-harness")
run_go_runner = _run_tool_rule("codspeed-go-runner")
run_memtrack = _run_tool_rule("codspeed-memtrack")
run_mongo_tracer = _run_tool_rule("mongo-tracer")
run_runner = _run_tool_rule("codspeed-runner")
