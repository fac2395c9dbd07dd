"""The files that the checks look at."""

import subprocess
from pathlib import Path

# Files of others, which stay as they were published.
_FOREIGN = ("third_party/", "LICENSE")


class TreeError(Exception):
    """The files cannot be listed; the message states why."""


def project_files(root: Path) -> list[Path]:
    """Returns the project's own files, relative to root: those that git has or would add.

    Args:
        root: the folder of the repository.

    Raises:
        TreeError: git is missing, or root is not a git repository.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise TreeError("git is not installed. Install it, then run this again.") from None
    except subprocess.CalledProcessError as error:
        raise TreeError(
            f"`{' '.join(command)}` failed in {root}:\n{error.stderr.strip()}"
        ) from None
    names = sorted({name for name in done.stdout.split("\0") if name})
    own = [Path(name) for name in names if not name.startswith(_FOREIGN)]
    # git lists a file that was removed until the removal is added.
    return [path for path in own if (root / path).is_file()]


def starlark_files(files: list[Path]) -> list[Path]:
    """Returns Bazel's files among files."""
    return [
        file
        for file in files
        if file.suffix in (".bzl", ".bazel") or file.name in ("BUILD", "WORKSPACE")
    ]
