"""Labels as people write them, the same under bzlmod and WORKSPACE.

`str(label)` is `@@//pkg:name` under bzlmod, `@//pkg:name` or `//pkg:name`
elsewhere, and holds canonical repository names that change with the Bazel
version. A benchmark's identity must not.
"""

def repository_name(canonical):
    """Maps a canonical repository name to the name of its module or repository.

    `foo~`, `foo+` and `foo~1.2` (modules of Bazel 7 and 8) become `foo`;
    `a~~ext~foo` and `a++ext+foo` (repositories of an extension) become `foo`.

    Args:
      canonical: a canonical repository name, without `@`.

    Returns:
      the short name.
    """
    parts = canonical.replace("+", "~").split("~")
    if len(parts) >= 4 or (len(parts) == 3 and parts[2]):
        return parts[-1]
    return parts[0]

def stable_label(label):
    """Writes a label without canonical names: `//pkg:name` or `@repo//pkg:name`.

    Args:
      label: a Label.

    Returns:
      a string that is the same under every Bazel version and mode.
    """
    workspace = label.workspace_name
    repository = "" if workspace in ["", "_main"] else "@" + repository_name(workspace)
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
