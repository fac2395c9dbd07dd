"""The table of pinned archives: rows that are added to it, and the rows that a workspace uses.

Pure functions over lists of rows; a row is a dict as archives.bzl makes it.
"""

load("//rules/private:errors.bzl", "error_text")
load(":tools.bzl", "PLATFORMS", "SIMULATOR", "SIMULATORS")
load(":versions.bzl", "highest", "version_key")

def _key(row):
    return (row["tool"], row.get("simulator", ""), row["version"], row["platform"])

def archive_kind(file):
    """Returns how an archive is packed, or None if its name does not show it.

    Args:
      file: base name of the archive.

    Returns:
      `deb`, `tar.gz`, `tar.xz`, `tar.zst` or None.
    """
    for kind in ["deb", "tar.gz", "tar.xz", "tar.zst"]:
        if file.endswith("." + kind):
            return kind
    return None

def _wrong_type(archive):
    """Returns an attribute of the wrong type (WORKSPACE checks none): got, expected, its name. Or None."""
    for attribute, value in archive.items():
        wanted = "list" if attribute in ["urls", "installer_urls"] else "string"
        if type(value) != wanted:
            return "a " + type(value), "a " + wanted, attribute
    return None

_VERSION_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-"
_LONGEST_VERSION = 64

def _is_version(text):
    foreign = [char for char in text.elems() if char not in _VERSION_SIGNS]
    return bool(text) and text[0].isdigit() and len(text) <= _LONGEST_VERSION and not foreign

def _is_inner(path):
    """Returns whether a path stays below the folder where it starts."""
    return bool(path) and not [part for part in path.split("/") if part in ["", ".", ".."]]

def _mistake(archive):
    """Returns what is wrong with an archive that a user adds: got, expected, the attribute to fix. Or None."""
    wrong = _wrong_type(archive)
    if wrong:
        return wrong
    if not _is_version(archive["version"]):
        return repr(archive["version"]), "at most {} letters, digits, dots and dashes, the first a digit".format(_LONGEST_VERSION), "version"
    if not archive["urls"]:
        return "no address", "at least one", "urls"
    for attribute in ["urls", "installer_urls"]:
        for url in archive[attribute]:
            if not is_safe(url):
                return _shown(url), "https://, file:///, or http:// of this machine, without a user name: ~/.netrc is for that", attribute
    if archive["sha256"] and archive["installer_sha256"]:
        return "both sha256 and installer_sha256", "one of them", "sha256"
    if bool(archive["installer_sha256"]) != bool(archive["installer_urls"]):
        return "one of installer_sha256 and installer_urls", "both, or none", "installer_urls"
    for attribute in ["sha256", "installer_sha256"]:
        if archive[attribute] and not _is_sha256(archive[attribute]):
            return repr(archive[attribute]), "64 hexadecimal digits of a real hash, in lower case", attribute
    if archive["platform"] not in PLATFORMS:
        return repr(archive["platform"]), "one of " + repr(PLATFORMS.keys()), "platform"
    if not _is_inner(archive["strip_prefix"]):
        return repr(archive["strip_prefix"]), "the folder in the archive to unpack, such as usr", "strip_prefix"
    if archive["binary"] and not _is_inner(archive["binary"]):
        return repr(archive["binary"]), "a path below strip_prefix", "binary"
    if "/" in _file(archive) or not archive_kind(_file(archive)):
        return _file(archive), "a name that ends in .deb, .tar.gz, .tar.xz or .tar.zst", "file"
    if (archive["tool"] == SIMULATOR) != (archive["simulator"] in SIMULATORS):
        return repr(archive["simulator"]), "for {} one of {}, else none".format(SIMULATOR, SIMULATORS.keys()), "simulator"
    if (archive["tool"] == SIMULATOR) != bool(archive["reported_version"]):
        return repr(archive["reported_version"]), "for {} what `valgrind --version` prints, without `valgrind-`; else none".format(SIMULATOR), "reported_version"
    if (archive["tool"] == SIMULATOR) == bool(archive["binary"]):
        return repr(archive["binary"]), "for {} none, else the path of the program in the archive".format(SIMULATOR), "binary"
    return None

# Fewer than one hash in 10^9 lacks more than 6 of the 16 digits; a placeholder has few.
_FEWEST_DIGITS = 10

def _is_sha256(text):
    digits = {char: None for char in text.elems()}
    return len(text) == 64 and len(digits) >= _FEWEST_DIGITS and not [char for char in digits if char not in "0123456789abcdef"]

def _shown(url):
    """Returns an address without what may be a password."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return scheme + "://" + ("***@" if "@" in authority else "") + authority.rpartition("@")[2] + slash + path

def _file(archive):
    return archive["file"] or archive["urls"][0].rpartition("/")[2]

def is_safe(url):
    """Returns whether an address cannot be intercepted and holds no password: https, a file, or this machine.

    Args:
      url: an address, or the template of one.

    Returns:
      a bool.
    """
    if "@" in url.partition("://")[2].partition("/")[0]:
        return False
    for start in ["https://", "file:///", "http://127.0.0.1:", "http://localhost:"]:
        if url.startswith(start):
            return True
    return False

def added_row(archive, owner):
    """Makes a row from an archive that a user adds. Fails if its attributes are wrong.

    Args:
      archive: dict with the attributes of the tag `archive`, and the tool's name as the
        table writes it.
      owner: what adds it, for errors.

    Returns:
      a row. If the user gave no hash it has none: fetching it fails and prints the hash.
    """
    mistake = _mistake(archive)
    if mistake:
        got, expected, attribute = mistake
        fail(error_text(
            what = "no such archive can be added: {} of archive(tool = {}, version = {}, platform = {}) in {}".format(
                attribute,
                repr(archive["tool"]),
                repr(archive["version"]),
                repr(archive["platform"]),
                owner,
            ),
            got = got,
            expected = expected,
            fix = "correct the attribute " + attribute,
        ))
    row = {
        "file": _file(archive),
        "kind": archive_kind(_file(archive)),
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
    """Returns the table with rows added; a row replaces one for the same archive.

    Args:
      rows: the table.
      added: rows. Fails where two are for the same archive.

    Returns:
      the rows.
    """
    keys = [_key(row) for row in added]
    for key in keys:
        if len([other for other in keys if other == key]) > 1:
            fail(error_text(
                what = "two archives are added for {} {} on {}".format(key[0], key[2], key[3]),
                got = "two rows in " + added[0]["origin"],
                expected = "one for each tool, version, platform and simulator",
                fix = "keep one of them",
            ))
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
      owner: what asks for it, for the error.
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

    The root module's choice counts. Otherwise it is the highest of the default and of what the
    other modules ask for: a dependency can raise a version, but cannot lower it unnoticed.

    Args:
      rows: the table.
      defaults: dict from tool to the version that we choose.
      of_root: dict from tool to version: what the root module asks for, checked.
      of_others: list of pairs of tool and version. A version that the table lacks is left
        out: its module may add that row where it is the root.

    Returns:
      dict from tool to version.
    """
    chosen = {}
    for tool, default in defaults.items():
        known = versions_of(rows, tool)
        asked = [version for other, version in of_others if other == tool and version in known]
        chosen[tool] = of_root[tool] if tool in of_root else highest(asked + [default])
    return chosen

def chosen_rows(rows, defaults, versions):
    """Returns the rows that a workspace uses: one version of each tool, on every platform.

    A tool that comes in several builds, as Valgrind does, may lack the chosen version in one of
    them, because Debian has version numbers of its own. Such a build has its default version, or else its highest.

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
