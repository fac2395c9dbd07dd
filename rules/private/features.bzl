"""What differs between Bazel versions, in one place.

Each entry names the version that introduced it and when it can be removed.
"""

def reproducible_extension(module_ctx):
    """Declares that an extension's result depends on its tags only: no lockfile entry.

    `extension_metadata(reproducible = …)` came in Bazel 7.1, our floor.

    Args:
      module_ctx: the extension's context.

    Returns:
      what the extension's implementation returns.
    """
    return module_ctx.extension_metadata(reproducible = True)

def reproducible_repository(repository_ctx):
    """Declares that a repository depends on its attributes only.

    `repo_metadata` came in Bazel 8.3; drop the check when 8.3 is the floor.

    Args:
      repository_ctx: the repository rule's context.

    Returns:
      what the repository rule's implementation returns.
    """
    if hasattr(repository_ctx, "repo_metadata"):
        return repository_ctx.repo_metadata(reproducible = True)
    return None

def repo_mapping_manifest(target):
    """Returns the file that maps apparent repository names, for runfiles libraries.

    `FilesToRunProvider.repo_mapping_manifest` came in Bazel 7.0, before our floor, so
    only what Bazel documents is checked: that there may be none.

    Args:
      target: an executable target.

    Returns:
      a File or None.
    """
    return target[DefaultInfo].files_to_run.repo_mapping_manifest
