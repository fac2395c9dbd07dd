"""Makes the hub and the spokes: one implementation for MODULE.bazel and WORKSPACE."""

load(":archive_repository.bzl", "archive_repository")
load(":archives.bzl", "ARCHIVES")
load(":toolchains_hub.bzl", "toolchains_hub")

HUB = "codspeed_toolchains"

def _spoke(row):
    """Name of a row's repository: it carries our prefix and tells what is in it."""
    return "codspeed_{tool}_{version}_{platform}".format(
        tool = row["tool"],
        platform = row["platform"],
        version = row["version"].replace("-", "_"),
    )

def toolchain_repositories():
    """Declares the hub and a spoke for every row of the table; fetches nothing."""
    for row in ARCHIVES:
        archive_repository(
            name = _spoke(row),
            file = row["file"],
            flavor = row["flavor"],
            platform = row["platform"],
            reported_version = row["reported_version"],
            sha256 = row["sha256"],
            urls = row["urls"],
            version = row["version"],
        )
    toolchains_hub(
        name = HUB,
        simulators = {
            _spoke(row): "{}/{}".format(row["flavor"], row["platform"])
            for row in ARCHIVES
        },
    )
