"""The pinned root of programs that run without the simulator: mounted in place of the machine's.

Such a program is started by the machine's kernel, which opens its loader itself, so the root has to
be where the kernel looks.
"""

from __future__ import annotations

import os
import stat

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.root import AREAS
from rules_codspeed.measure.stage.place.name_space import (
    BIND,
    BIND_ALL,
    change_root,
    enter_name_space,
    mount,
)
from rules_codspeed.measure.stage.root import unpack_root
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.stage_errors import stage_errors


class MountedRoot(Service):
    """Gives a program, and all that it starts, the pinned root."""

    def __init__(self, folder: str) -> None:
        """Prepares for a root as `unpack_mounted` leaves it."""
        self._folder = folder

    def install(self) -> None:
        """Changes the root of this process, the child."""
        enter_root(self._folder)


def unpack_mounted(archive: str, folder: str, name: str) -> None:
    """Unpacks the archive of a pinned root, with places for the machine's other folders.

    Args:
      archive: its path.
      folder: to make.
      name: of the root, for errors.

    Raises:
      CodSpeedError: it cannot be read, the disk is full, or this machine mounts nothing.
    """
    unpack_root(archive, folder, name)
    with stage_errors(folder):
        for other in sorted(set(os.listdir("/")) - set(AREAS)):
            found = os.lstat(f"/{other}")
            if stat.S_ISDIR(found.st_mode):
                os.mkdir(f"{folder}/{other}", 0o755)
            elif stat.S_ISLNK(found.st_mode):
                os.symlink(os.readlink(f"/{other}"), f"{folder}/{other}")
    _check(folder, name)


def _check(folder: str, name: str) -> None:
    """Raises CodSpeedError where a process cannot have the root; tried in a process of its own."""
    child = os.fork()
    if child == 0:
        number = 255
        try:
            enter_root(folder)
            number = 0
        except OSError as error:
            number = error.errno or number
        finally:
            os._exit(number)
    if number := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise CodSpeedError(
            f"the pinned root {name} cannot be mounted for a program that runs without the "
            "simulator",
            got=os.strerror(number),
            expected="a machine that lets this user mount in a user name space: "
            "kernel.unprivileged_userns_clone and user.max_user_namespaces allow it, and so does "
            "the profile of the container",
            fix="let the action run on such a machine; or set root = 'host' for this benchmark, "
            "or measure it in mode simulation, which needs no mount",
        )


def enter_root(folder: str) -> None:
    """Changes the root of this process to one that `unpack_mounted` made; the rest stays.

    Raises:
      OSError: the kernel refuses.
    """
    here = os.getcwd()
    enter_name_space()
    mount(folder, folder, BIND)
    for other in sorted(set(os.listdir(folder)) - set(AREAS)):
        if not os.path.islink(f"{folder}/{other}"):
            mount(f"/{other}", f"{folder}/{other}", BIND_ALL)
    change_root(folder)
    os.chdir(here)
