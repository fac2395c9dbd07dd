"""The tools that the table of archives may name, and their names in labels."""

load("//rules/private:errors.bzl", "error_text")

SIMULATOR = "valgrind"

# From the tool's name in tools/archives.json to its name in labels: `//tools:<name>` runs
# it, `//tools:<name>_toolchain_type` is its toolchain type.
RUN_TOOLS = {
    "codspeed-exec-harness": "exec_harness",
    "codspeed-go-runner": "go_runner",
    "codspeed-memtrack": "memtrack",
    "codspeed-runner": "runner",
    "mongo-tracer": "mongo_tracer",
}

# From a platform's name in the table to its processor.
PLATFORMS = {
    "linux_aarch64": "@platforms//cpu:aarch64",
    "linux_x86_64": "@platforms//cpu:x86_64",
}

# Values of the setting //rules/settings:simulator, each with the label of its config_setting.
SIMULATORS = {
    "codspeed": "//rules/settings:simulator_is_codspeed",
    "codspeed-ubuntu-24.04": "//rules/settings:simulator_is_codspeed_ubuntu_24_04",
    "stock": "//rules/settings:simulator_is_stock",
}

def known_tool(name):
    """Returns the name of a tool as the table writes it, or None.

    Args:
      name: name of a tool; `runner` stands for `codspeed-runner`.

    Returns:
      a string or None.
    """
    for tool in RUN_TOOLS.keys() + [SIMULATOR]:
        if name in [tool, tool.removeprefix("codspeed-"), RUN_TOOLS.get(tool)]:
            return tool
    return None

def checked_tool(name, owner):
    """Fails unless a tool is one of ours.

    Args:
      name: name of a tool.
      owner: the file that names it, for the error.

    Returns:
      the name as the table writes it.
    """
    tool = known_tool(name)
    if not tool:
        fail(error_text(
            what = "unknown tool in " + owner,
            got = repr(name),
            expected = "one of " + repr(RUN_TOOLS.keys() + [SIMULATOR]),
            fix = "name one of those",
        ))
    return tool
