"""What the commands share: their workspace, their downloader, and their errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rules_codspeed.contract.printing import print_message
from tools.archives.download import Downloader
from tools.archives.errors import ArchivesError
from tools.archives.progress import open_progress
from tools.archives.transport import open_client

_INTERRUPTED = 130  # as the shell reports it


def workspace() -> Path:
    """Returns the root of the workspace that `bazel run` was started in.

    Raises:
      ArchivesError: it was started otherwise.
    """
    folder = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not folder:
        raise ArchivesError(
            "no workspace",
            "no BUILD_WORKSPACE_DIRECTORY",
            "what 'bazel run' sets",
            "start the command with 'bazel run'",
        )
    return Path(folder)


def user_path(path: Path) -> Path:
    """Returns a path relative to the user's folder: 'bazel run' starts programs in another one."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), path).absolute()


@contextmanager
def open_downloader() -> Iterator[Downloader]:
    """Yields a downloader that shows its progress on standard error.

    Raises:
      ArchivesError: the environment's proxy, certificates or netrc cannot be used.
    """
    with open_client() as client, open_progress(sys.stderr) as progress:
        yield Downloader(client, progress)


def run(body: Callable[[], int]) -> int:
    """Runs a command; returns its exit status, and prints a user's mistake without a traceback."""
    try:
        return body()
    except KeyboardInterrupt:
        print_message("rules_codspeed: interrupted.")
        return _INTERRUPTED
    except (ArchivesError, OSError) as error:
        print_message(f"rules_codspeed: {error}")
        return 1
