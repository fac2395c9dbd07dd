"""Labels as they are written in BUILD files, the same under bzlmod and WORKSPACE.

`str(label)` is `@@//pkg:name` under bzlmod, `@//pkg:name` or `//pkg:name`
elsewhere, and holds canonical repository names that change with the Bazel
version. A benchmark's identity must not.
"""

def repository_name(canonical):
    """Maps a canonical repository name to the name in the repository's declaration.

    The same as `short_name` in py/rules_codspeed/measure/stage/repositories.py. Canonical
    names of Bazel 7 are joined by `~`, those of Bazel 8 and later by `+`:
    `module~version`, `module~`, `module~version~extension~name`,
    `module~~extension~name`, `_main~extension~name`, `++extension+name`.

    Args:
      canonical: a canonical repository name, without `@`.

    Returns:
      the short name.
    """
    name = canonical

    # Each round shortens the name; what it leaves may hold the other separator.
    for _ in range(len(canonical)):
        parts = name.split("~" if "~" in name else "+")
        short = parts[-1] if len(parts) > 2 else parts[0]
        if short in ("", name):
            break
        name = short
    return name

def stable_label(label):
    """Writes a label without canonical names: `//pkg:name` or `@repo//pkg:name`.

    Args:
      label: a Label.

    Returns:
      a string that is the same under every Bazel version and mode.
    """
    repository = "@" + repository_name(label.repo_name) if label.repo_name else ""
    return "{}//{}:{}".format(repository, label.package, label.name)

def runfiles_path(short_path, workspace_name):
    """Turns a file's short path into its path below a runfiles tree.

    Args:
      short_path: `File.short_path`, or the path of a runfiles symlink.
      workspace_name: `ctx.workspace_name`.

    Returns:
      `<repository>/<path>`.
    """
    if short_path.startswith("../"):
        return short_path[len("../"):]
    return workspace_name + "/" + short_path
