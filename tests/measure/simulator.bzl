"""Passes a test the toolchain's simulator and its files."""

# buildifier: disable=bzl-visibility
load("//rules/private:labels.bzl", "runfiles_path")

# buildifier: disable=bzl-visibility
load("//rules/private/measure:simulation.bzl", "SIMULATOR_TOOLCHAIN_TYPE", "simulator_fields")

def _simulator_description_impl(ctx):
    simulator = ctx.toolchains[SIMULATOR_TOOLCHAIN_TYPE].simulator
    files = simulator.files.to_list()
    output = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(output, json.encode(dict(simulator_fields(simulator), files = {
        file.short_path[len(simulator.root):]: runfiles_path(file.short_path, ctx.workspace_name)
        for file in files
    })))
    return [DefaultInfo(
        files = depset([output]),
        runfiles = ctx.runfiles(files = [output] + files),
    )]

simulator_description = rule(
    doc = "A JSON file: the simulator as SPEC.json has it, and `files`, runfiles path by path in the package.",
    implementation = _simulator_description_impl,
    toolchains = [SIMULATOR_TOOLCHAIN_TYPE],
)
