"""The pinned root in the stage: libraries, programs and settings in place of the machine's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.root import is_of_root
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.stage.stage_errors import stage_errors
from rules_codspeed.measure.stage.start import NotStarted

if TYPE_CHECKING:
    import tarfile

_BLOCK = 1 << 20  # bytes
_MOST_LINKS = 40  # as in the kernel


def check_root(spec: Spec, archive: str, *, handed_out: bool = False) -> None:
    """Raises CodSpeedError unless there is what a pinned root needs, if the benchmark has one.

    Args:
      spec: the benchmark.
      archive: path of the root's archive; empty if there is none.
      handed_out: whether the fixed kernel is to hand the root's files out.
    """
    has_none = handed_out and spec.root and not spec.fixed_kernel
    if bool(spec.root) != bool(archive) or has_none:
        raise CodSpeedError(
            f"the pinned root of {spec.label} cannot be used",
            got=f"root {spec.root or 'host'}, archive {archive or 'none'}, fixed kernel "
            f"{'on' if spec.fixed_kernel else 'off'}",
            expected="a root with its archive, and in simulations the fixed kernel, which hands "
            "its files out",
            fix="build the benchmark again; if that does not help, report a bug of rules_codspeed",
        )


def root_is_lost(label: str, root: str, lost: Sequence[str]) -> CodSpeedError:
    """Returns the error of a run that may have used files of the machine in place of a root's."""
    return CodSpeedError(
        f"{label} cannot be measured under the pinned root {root}",
        got=f"a run in which the machine's kernel answered itself what concerns {', '.join(lost)}",
        expected="Linux 5.9 or newer, a container that allows seccomp listeners and openat2, and "
        "a program that keeps its root, its user and its name spaces, and can be looked at",
        fix="let the action run on such a machine; for a program that cannot, set root = 'host'",
    )


def fix_under_root(root: str) -> str:
    """Returns the next step after a failure under a pinned root, by its name."""
    return (
        f"see what it printed: the pinned root {root} may lack a library, a version of one, or a "
        "file below /usr or /etc that the program needs. Add the package to the root, link the "
        "library by Bazel, or set root = 'host'"
    )


def not_under_root(error: NotStarted, root: str) -> BenchmarkError:
    """Returns the error of a program that the kernel does not start under a mounted root."""
    return BenchmarkError(
        error.what,
        got=error.got,
        expected="a program whose dynamic loader, or interpreter, the root has",
        fix=fix_under_root(root),
    )


def unpack_root(archive: str, folder: str, name: str) -> None:
    """Unpacks the archive of a pinned root, as the action CodSpeedRoot makes it.

    Args:
      archive: its path.
      folder: to make.
      name: of the root, for errors.

    Raises:
      CodSpeedError: it cannot be read, or the disk is full.
    """
    # Few runs need it, and it imports much.
    import tarfile

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


def path_outside(folder: str, path: str) -> str:
    """Returns where this process finds what a program under a root calls by an absolute path.

    Args:
      folder: of the root; empty without one.
      path: as the program, or a recording of it, states it.
    """
    if not folder or not is_of_root(path):
        return path
    waiting, found, links = path.split("/")[::-1], "", 0
    while waiting:
        name = waiting.pop()
        if name in ("", ".", ".."):
            found = found.rpartition("/")[0] if name == ".." else found
        elif os.path.islink(f"{folder}{found}/{name}") and links < _MOST_LINKS:
            links += 1
            target = os.readlink(f"{folder}{found}/{name}")
            found = "" if target.startswith("/") else found
            waiting += target.split("/")[::-1]
        else:
            found = f"{found}/{name}"
    return f"{folder}{found}" if is_of_root(found) else found
