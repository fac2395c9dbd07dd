"""Reads the SHA-256 of an archive from the installer that would fetch it. Never runs it.

Installers that dist makes contain the checksum of each archive, in the branch of a `case` that
is named after the archive (spec: pins 11; template installer.sh.j2 of axodotdev/cargo-dist).
"""

def _assigned(branch, name):
    """Returns the value that a branch assigns to a variable whose name ends with `name`, or None."""
    _, found, rest = branch.partition(name + "=\"")
    return rest.partition("\"")[0] if found else None

def _is_archive(name):
    return name.endswith(".tar.gz") and not name.strip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")

def _archives(script):
    """Returns the archives that a script has branches for."""
    names = [part.rpartition("\"")[2] for part in script.split("\")")[:-1]]
    return {name: None for name in names if _is_archive(name)}.keys()

def installer_checksum(script, archive):
    """Finds the checksum of an archive in an installer.

    Args:
      script: text of the installer.
      archive: file name of the archive.

    Returns:
      the SHA-256 in hexadecimal and None; or None and a description of what is wrong.
    """
    branches = [part.partition(";;")[0] for part in script.split("\"{}\")".format(archive))[1:]]
    if not branches:
        return None, "an installer for {}, not for {}".format(", ".join(_archives(script)) or "no archive", archive)
    styles = [style for style in [_assigned(branch, "checksum_style") for branch in branches] if style]
    values = {value: None for value in [_assigned(branch, "checksum_value") for branch in branches] if value}.keys()
    if not values:
        return None, "an installer that carries no checksum of " + archive

    # Without a style the script itself verifies nothing; 64 digits may be another kind of hash.
    if not styles or [style for style in styles if style != "sha256"]:
        return None, "an installer that carries a checksum of {}, of the style {}".format(archive, " and ".join(styles) or "none")
    if len(values) > 1 or len(values[0]) != 64 or values[0].strip("0123456789abcdef"):
        return None, "an installer whose checksum of {} is {}".format(archive, " and ".join(values))
    return values[0], None
