"""What the driver serves while a program runs."""

from __future__ import annotations


class Service:
    """Something that the driver waits for beside the program's output.

    A subclass overrides what it needs. Whatever `handle` or `connect` raises ends
    the run: all processes are killed, and the caller of `process.run` gets it.
    """

    def fileno(self) -> int:
        """Returns the file descriptor to wait for; negative if there is none."""
        return -1

    def handle(self) -> None:
        """Handles what has arrived: the file descriptor is readable.

        Also called when all processes have ended, as long as it is readable.
        """

    def kept(self) -> tuple[int, ...]:
        """Returns the file descriptors that `install` needs; they must close at an exec."""
        return ()

    def install(self) -> None:
        """Prepares the forked child, which becomes the program next."""

    def connect(self, pid: int) -> None:
        """Does the parent's part right after the fork, given the child's process id."""

    def close(self) -> None:
        """Releases what the service holds: the run is over."""
