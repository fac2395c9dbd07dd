"""The pinned root in the stage: libraries, programs and settings in place of the machine's."""

from __future__ import annotations

import os
import tarfile

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.stage.stage_errors import stage_errors

_BLOCK = 1 << 20  # bytes


def unpack_root(archive: str, folder: str, name: str) -> None:
    """Unpacks the archive of a pinned root, as the action CodSpeedRoot makes it.

    Args:
      archive: its path.
      folder: to make.
      name: of the root, for errors.

    Raises:
      CodSpeedError: it cannot be read, or the disk is full.
    """
    with stage_errors(folder):
        os.mkdir(folder, 0o755)
    try:
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                _unpack(opened, member, f"{folder}/{member.name}", name)
    except (OSError, tarfile.TarError) as error:
        raise _unreadable(name, error) from error


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, target: str, name: str) -> None:
    with stage_errors(target):
        if member.isdir():
            os.mkdir(target, 0o755)
        elif member.issym():
            os.symlink(member.linkname, target)
        else:
            content = archive.extractfile(member)
            if not content:
                raise _unreadable(name, f"the entry {member.name} is no file")
            writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, member.mode & 0o777)
            with content, open(writing, "wb") as file:
                while block := content.read(_BLOCK):
                    file.write(block)


def _unreadable(name: str, got: object) -> CodSpeedError:
    return CodSpeedError(
        f"the pinned root {name} cannot be unpacked",
        got=got,
        expected="an archive as codspeed_root makes it",
        fix="build the benchmark again; if that does not help, report a bug of rules_codspeed",
    )
