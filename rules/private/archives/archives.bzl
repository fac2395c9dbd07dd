"""Pinned archives: the rows that the templates of tools/archives.json stand for.

tools/archives/expansion.py expands them in the same way.
"""

load(":archive_table.bzl", "archive_kind")
load(":archives_lock.bzl", _BUILDS = "BUILDS", _DEFAULTS = "DEFAULTS")

def _base_name(url):
    return url.rpartition("/")[2]

def _row(build, release, platform):
    # A fact of the release overrides that of its build.
    facts = build | release

    def filled(template):
        return template.replace("{version}", facts["version"]).replace("{platform}", facts["platforms"][platform])

    urls = [filled(url) for url in facts.get("urls", [])]
    file = filled(facts["file"]) if "file" in facts else _base_name(urls[0])
    row = {
        "file": file,
        "kind": archive_kind(file),
        "platform": platform,
        "strip_prefix": filled(facts["strip_prefix"]),
        "urls": urls,
    }
    for key in ["provenance", "reported_version", "simulator", "tool", "version"]:
        if key in facts:
            row[key] = facts[key]
    if "binary" in facts:
        row["binary"] = filled(facts["binary"])
    if "sha256" in facts:
        row["sha256"] = facts["sha256"][platform]
    else:
        addresses = [filled(url) for url in facts["installer_urls"]]
        row["installer"] = {
            "file": _base_name(addresses[0]),
            "sha256": facts["installer_sha256"],
            "urls": addresses,
        }
    return row

def expanded(builds):
    """Returns the rows of all releases of some builds: one for each platform.

    Args:
      builds: list of dicts as in `builds` of tools/archives.json.

    Returns:
      a list of rows, each a dict.
    """
    return [
        _row(build, release, platform)
        for build in builds
        for release in build["releases"]
        for platform in build["platforms"]
    ]

ARCHIVES = expanded(_BUILDS)

# From a tool's name to the version that is used unless a workspace asks for another.
DEFAULTS = _DEFAULTS
