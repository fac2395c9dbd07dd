"""Declares the hub and the spokes: one implementation for MODULE.bazel and WORKSPACE."""

load(":archive_table.bzl", "chosen_rows")
load(":archives.bzl", "DEFAULTS")
load(":simulator_repository.bzl", "simulator_repository")
load(":tool_repository.bzl", "tool_repository")
load(":toolchains_hub.bzl", "toolchains_hub")
load(":tools.bzl", "SIMULATOR")

HUB = "codspeed_toolchains"

_TABLE = "tools/archives.json of rules_codspeed"

# What distinguishes the builds of a version in a repository's name.
_BUILDS = {"codspeed-ubuntu-24.04": "_ubuntu_24.04", "stock": "_stock"}

def _spoke(row):
    """Returns the name of a row's repository: our prefix, and what the repository holds."""
    return "codspeed_{tool}_{version}{build}_{platform}".format(
        build = _BUILDS.get(row.get("simulator"), ""),
        platform = row["platform"],
        tool = row["tool"].removeprefix("codspeed-").replace("-", "_"),
        version = row["version"].replace("-", "_"),
    )

def _declare_spoke(row, mirrors):
    attributes = {
        key: row[key]
        for key in ["binary", "file", "kind", "platform", "reported_version", "sha256", "simulator", "strip_prefix", "tool", "urls", "version"]
        if key in row
    }
    if "installer" in row:
        attributes["installer_sha256"] = row["installer"]["sha256"]
        attributes["installer_urls"] = row["installer"]["urls"]
    rule = simulator_repository if row["tool"] == SIMULATOR else tool_repository
    rule(
        name = _spoke(row),
        mirrors = mirrors,
        origin = row.get("origin", _TABLE),
        **attributes
    )

def toolchain_repositories(rows, versions, mirrors = []):
    """Declares the hub, and a spoke for every row that the workspace uses; fetches nothing.

    Args:
      rows: the table of archives.
      versions: dict from tool to the chosen version.
      mirrors: checked templates of addresses that are tried first.
    """
    simulators = {}
    run_tools = {}
    for row in chosen_rows(rows, DEFAULTS, versions):
        _declare_spoke(row, mirrors)
        if row["tool"] == SIMULATOR:
            simulators[_spoke(row)] = "{}/{}".format(row["simulator"], row["platform"])
        else:
            run_tools[_spoke(row)] = "{}/{}".format(row["tool"], row["platform"])
    toolchains_hub(
        name = HUB,
        run_tools = run_tools,
        simulators = simulators,
    )
