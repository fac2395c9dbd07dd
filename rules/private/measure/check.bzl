"""CodSpeedCheck: fails the build for a target that failed, or has benchmarks that did.

The actions before it succeed, so that a suite shows what the others measured.
"""

load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "run_driver")

CHECK_ATTRS = {
    "_check": attr.label(default = "//py/rules_codspeed/results:check", cfg = "exec"),
    "_checker": attr.label(
        default = "//py/rules_codspeed/results:check.py",
        allow_single_file = True,
    ),
}

def check_results(ctx, runtime, results, **kwargs):
    """Declares the action that checks the results of one target.

    Args:
      ctx: the context of a rule with CHECK_ATTRS.
      runtime: a PyRuntimeInfo.
      results: File, the results.
      **kwargs: passed to ctx.actions.run: where it runs.

    Returns:
      File, empty: building it fails where the target or one of its benchmarks failed.
    """
    checked = ctx.actions.declare_file(ctx.label.name + ".checked")
    arguments = ctx.actions.args()
    arguments.add("--results", results)
    arguments.add("--output", checked)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._checker,
        sources = driver_sources(ctx.attr._check),
        arguments = arguments,
        inputs = [depset([results])],
        worker = True,
        outputs = [checked],
        mnemonic = "CodSpeedCheck",
        progress_message = "Checking the results of %{label}",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
        **kwargs
    )
    return checked
