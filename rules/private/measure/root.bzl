"""Pinned roots: what a program gets in place of the machine's libraries, programs and settings.

A root is one archive, which an action makes of layers. The driver unpacks it beside the program. In simulations the
fixed kernel hands its files out (rules/kernel/root.c); other modes mount it (py/rules_codspeed/measure/stage/mounted_root.py).
"""

load("//rules:providers.bzl", "CodSpeedRootInfo")
load("//rules/private:labels.bzl", "stable_label")
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "python_runtime", "run_driver")

def _machine_root_impl(_ctx):
    return [CodSpeedRootInfo(archive = None, name = "")]

machine_root = rule(
    doc = "Stands for the machine's own libraries, programs and settings.",
    implementation = _machine_root_impl,
    provides = [CodSpeedRootInfo],
)

def _root_impl(ctx):
    runtime = python_runtime(ctx.exec_groups["make"].toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    archive = ctx.actions.declare_file(ctx.label.name + ".root.tar")
    arguments = ctx.actions.args()
    arguments.add("--label", stable_label(ctx.label))
    arguments.add("--output", archive)
    arguments.add_all(ctx.files.layers)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._main,
        sources = driver_sources(ctx.attr._make),
        arguments = arguments,
        inputs = [depset(ctx.files.layers)],
        wheels = ctx.attr._wheels,
        outputs = [archive],
        mnemonic = "CodSpeedRoot",
        progress_message = "Making the root %{label}",
        execution_requirements = {"block-network": ""},
        exec_group = "make",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return [
        DefaultInfo(files = depset([archive])),
        CodSpeedRootInfo(archive = archive, name = ctx.label.name),
    ]

codspeed_root = rule(
    doc = """A pinned root: the libraries, programs and settings that programs get in place of the machine's.

Choose it by the attribute `root` of a benchmark, or for all by the setting `//rules/settings:root`. It has to hold the
C library, with its dynamic loader, and all that programs use below `/usr`, `/lib*`, `/bin`, `/sbin` and `/etc`.""",
    implementation = _root_impl,
    attrs = {
        "layers": attr.label_list(
            doc = "Debian packages, or tar archives such as the layers of an OCI image, the lowest first.",
            allow_files = True,
            mandatory = True,
        ),
        "_main": attr.label(
            default = "//py/rules_codspeed/measure/root:main.py",
            allow_single_file = True,
        ),
        "_make": attr.label(default = "//py/rules_codspeed/measure/root", cfg = "exec"),
        # Packages of some distributions are compressed by it.
        "_wheels": attr.label_list(default = ["//py/wheels:zstandard"], cfg = "exec"),
    },
    exec_groups = {
        "make": exec_group(toolchains = [
            config_common.toolchain_type(PYTHON_TOOLCHAIN_TYPE, mandatory = True),
        ]),
    },
    provides = [CodSpeedRootInfo],
)

ROOT_ARGUMENTS = {
    "root": attr.label(
        doc = "What the program gets in place of the machine's libraries, programs and settings: a `codspeed_root`. The default " +
              "is that of the setting `//rules/settings:root`.",
        default = "//rules/settings:root",
        providers = [CodSpeedRootInfo],
    ),
}

def root_name(ctx):
    """Returns the name of the pinned root; empty for the machine's own.

    Args:
      ctx: the context of a rule with ROOT_ARGUMENTS.
    """
    return ctx.attr.root[CodSpeedRootInfo].name

def root_options(ctx):
    """Returns the options of a driver by which it gets the root's archive, a dict to Files.

    Args:
      ctx: the context of a rule with ROOT_ARGUMENTS.
    """
    archive = ctx.attr.root[CodSpeedRootInfo].archive
    return {"--pinned-root": archive} if archive else {}
