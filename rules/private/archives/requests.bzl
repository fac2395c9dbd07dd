"""Requests of modules, or of a WORKSPACE file: versions, archives and mirrors of the pinned tools."""

load("//rules/private:errors.bzl", "error_text")
load(":archive_table.bzl", "added_row", "check_version", "chosen_versions", "with_added")
load(":archives.bzl", "ARCHIVES", "DEFAULTS")
load(":mirrors.bzl", "checked_template")
load(":roots.bzl", "root_repositories")
load(":toolchains.bzl", "toolchain_repositories")
load(":tools.bzl", "checked_tool")

# Attributes of the tag `archive`, and keys of a dict of WORKSPACE's `archives`, with their defaults.
ARCHIVE_DEFAULTS = {
    "binary": "",
    "file": "",
    "installer_sha256": "",
    "installer_urls": [],
    "platform": "",
    "reported_version": "",
    "sha256": "",
    "simulator": "",
    "strip_prefix": "",
    "tool": "",
    "urls": [],
    "version": "",
}

def _of_root(requests, rows, owner):
    """Merges the root module's requests, dicts from tool to version, to one dict."""
    versions = {}
    for request in requests:
        for name, version in request.items():
            tool = checked_tool(name, owner)
            check_version(rows, tool, version, owner)
            if versions.setdefault(tool, version) != version:
                fail(error_text(
                    what = "two versions of {} are asked for by {}".format(tool, owner),
                    got = "{} and {}".format(versions[tool], version),
                    expected = "one version of each tool",
                    fix = "keep one of them",
                ))
    return versions

def _added(archives, owner):
    """Returns rows for the root module's archives: dicts with keys of ARCHIVE_DEFAULTS."""
    rows = []
    for archive in archives:
        unknown = [key for key in archive if key not in ARCHIVE_DEFAULTS]
        if unknown:
            fail(error_text(
                what = "unknown attribute of an archive, which {} adds".format(owner),
                got = repr(unknown[0]),
                expected = "some of " + repr(ARCHIVE_DEFAULTS.keys()),
                fix = "correct the name",
            ))
        whole = ARCHIVE_DEFAULTS | archive
        rows.append(added_row(whole | {"tool": checked_tool(whole["tool"], owner)}, owner))
    return rows

def declare_tools(owner, versions, archives, mirrors, of_others = []):
    """Declares the hub and the spokes that a workspace asks for, and the roots; fetches nothing.

    Args:
      owner: the file that asks, for errors.
      versions: list of dicts from tool to version: what the root asks for.
      archives: list of dicts: rows that the root adds.
      mirrors: list of templates; the first is tried first.
      of_others: list of pairs of tool and version: what other modules ask for.
    """
    templates = [checked_template(template, owner) for template in mirrors]
    rows = with_added(ARCHIVES, _added(archives, owner))
    toolchain_repositories(
        rows = rows,
        versions = chosen_versions(rows, DEFAULTS, _of_root(versions, rows, owner), of_others),
        mirrors = templates,
    )
    root_repositories(templates)
