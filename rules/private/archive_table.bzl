"""The table of pinned archives: what is added to it, and which rows a workspace uses.

Pure functions over lists of rows; a row is a dict as in tools/archives.json.
"""

load(":errors.bzl", "error_text")
load(":tools.bzl", "PLATFORMS", "SIMULATOR", "SIMULATORS")
load(":versions.bzl", "highest", "version_key")

def _key(row):
    return (row["tool"], row.get("simulator", ""), row["version"], row["platform"])

def _kind(file):
    for kind in ["deb", "tar.gz", "tar.xz", "tar.zst"]:
        if file.endswith("." + kind):
            return kind
    return None

def _mistake(archive):
    """Returns what is wrong with an archive that a user adds: got, expected, the attribute to mend. Or None."""
    if not archive["urls"]:
        return "no address", "at least one", "urls"
    for attribute in ["urls", "installer_urls"]:
        for url in archive[attribute]:
            if not is_safe(url):
                return url, "https://, file:///, or http:// of this machine", attribute
    if archive["sha256"] and archive["installer_sha256"]:
        return "both sha256 and installer_sha256", "one of them", "sha256"
    if bool(archive["installer_sha256"]) != bool(archive["installer_urls"]):
        return "one of installer_sha256 and installer_urls", "both, or none", "installer_urls"
    for attribute in ["sha256", "installer_sha256"]:
        if archive[attribute] and not _is_sha256(archive[attribute]):
            return repr(archive[attribute]), "64 hexadecimal digits, in lower case", attribute
    if archive["platform"] not in PLATFORMS:
        return repr(archive["platform"]), "one of " + repr(PLATFORMS.keys()), "platform"
    if not _kind(_file(archive)):
        return _file(archive), "a name that ends in .deb, .tar.gz, .tar.xz or .tar.zst", "file"
    if (archive["tool"] == SIMULATOR) != (archive["simulator"] in SIMULATORS):
        return repr(archive["simulator"]), "for {} one of {}, else none".format(SIMULATOR, SIMULATORS.keys()), "simulator"
    if (archive["tool"] == SIMULATOR) != bool(archive["reported_version"]):
        return repr(archive["reported_version"]), "for {} what `valgrind --version` prints, without `valgrind-`; else none".format(SIMULATOR), "reported_version"
    if (archive["tool"] == SIMULATOR) == bool(archive["binary"]):
        return repr(archive["binary"]), "for {} none, else the path of the program in the archive".format(SIMULATOR), "binary"
    return None

def _is_sha256(text):
    return len(text) == 64 and not text.strip("0123456789abcdef")

def _file(archive):
    return archive["file"] or archive["urls"][0].rpartition("/")[2]

def is_safe(url):
    """Tells whether an address cannot be overheard: https, a file, or this machine.

    Args:
      url: an address, or the template of one.

    Returns:
      a bool.
    """
    for start in ["https://", "file:///", "http://127.0.0.1:", "http://localhost:"]:
        if url.startswith(start):
            return True
    return False

def added_row(archive, owner):
    """Makes a row of an archive that a user adds. Fails unless it can be one.

    Args:
      archive: dict with the attributes of the tag `archive`, and the tool's name as the
        table writes it.
      owner: who adds it, for errors.

    Returns:
      a row. Where the user gave no hash it has none: fetching it fails, and tells the hash.
    """
    mistake = _mistake(archive)
    if mistake:
        got, expected, attribute = mistake
        fail(error_text(
            what = "no such archive can be added: {} of archive(tool = {}, version = {}) in {}".format(
                attribute,
                repr(archive["tool"]),
                repr(archive["version"]),
                owner,
            ),
            got = got,
            expected = expected,
            fix = "correct the attribute " + attribute,
        ))
    row = {
        "file": _file(archive),
        "kind": _kind(_file(archive)),
        "origin": owner,
        "platform": archive["platform"],
        "sha256": archive["sha256"],
        "strip_prefix": archive["strip_prefix"],
        "tool": archive["tool"],
        "urls": archive["urls"],
        "version": archive["version"],
    }
    for key in ["binary", "reported_version", "simulator"]:
        if archive[key]:
            row[key] = archive[key]
    if archive["installer_sha256"]:
        row["installer"] = {
            "file": archive["installer_urls"][0].rpartition("/")[2],
            "sha256": archive["installer_sha256"],
            "urls": archive["installer_urls"],
        }
    return row

def with_added(rows, added):
    """Returns the table with rows added, or in place of those for the same archive.

    Args:
      rows: the table.
      added: rows, each for another archive.

    Returns:
      the rows.
    """
    by_key = {_key(row): row for row in rows}
    by_key.update({_key(row): row for row in added})
    return by_key.values()

def versions_of(rows, tool):
    """Returns the versions of a tool, the oldest first.

    Args:
      rows: the table.
      tool: name of a tool.

    Returns:
      a list.
    """
    return sorted({row["version"]: None for row in rows if row["tool"] == tool}.keys(), key = version_key)

def check_version(rows, tool, version, owner):
    """Fails unless the table has a version of a tool.

    Args:
      rows: the table.
      tool: name of a tool.
      version: the version that is asked for.
      owner: who asks, for the error.
    """
    if version not in versions_of(rows, tool):
        fail(error_text(
            what = "no {} {}, which {} asks for".format(tool, version, owner),
            got = "version " + repr(version),
            expected = "one of " + ", ".join(versions_of(rows, tool)),
            fix = "ask for one of those, or add it with codspeed.archive(…)",
        ))

def chosen_versions(rows, defaults, of_root, of_others):
    """Chooses one version of each tool.

    The root module's word counts. Without it the highest of the default and of what the other
    modules ask for: a dependency can raise a version, and cannot lower it unseen.

    Args:
      rows: the table.
      defaults: dict from tool to the version that we choose.
      of_root: dict from tool to version: what the root module asks for, checked.
      of_others: list of pairs of tool and version. One that the table lacks is left out: it may
        be a row that its module adds where that one is the root.

    Returns:
      dict from tool to version.
    """
    chosen = {}
    for tool, default in defaults.items():
        known = versions_of(rows, tool)
        asked = [version for other, version in of_others if other == tool and version in known]
        chosen[tool] = of_root.get(tool) or highest(asked + [default])
    return chosen

def chosen_rows(rows, defaults, versions):
    """Returns the rows that a workspace uses: of each tool one version, on every platform.

    A tool that comes in several builds, as Valgrind does, may lack the chosen version in one of
    them: Debian numbers its own. That build has its default version then, else its highest.

    Args:
      rows: the table.
      defaults: dict from tool to the version that we choose.
      versions: dict from tool to the chosen version.

    Returns:
      a list of rows.
    """
    builds = {}
    for row in rows:
        builds.setdefault((row["tool"], row.get("simulator", "")), []).append(row)
    chosen = []
    for (tool, _), of_build in builds.items():
        there = {row["version"]: None for row in of_build}.keys()
        wanted = [version for version in [versions[tool], defaults[tool]] if version in there]
        version = (wanted + [highest(there)])[0]
        chosen += [row for row in of_build if row["version"] == version]
    return chosen
