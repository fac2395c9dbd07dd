"""What a run takes from the machine: loader, C library, interpreter, other object files."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.provenance import Host, ObjectFile
from rules_codspeed.contract.root import is_of_root
from rules_codspeed.measure.stage.cpu import cpu_model
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.stage.objects.object_file import (
    is_libc,
    is_loader,
    read_loader,
    read_object_file,
)
from rules_codspeed.measure.stage.process import run
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.staging import STAGE

_LIST_TIMEOUT_S = 60
_LONGEST_LIST = 1 << 20  # bytes
# As the loaders of glibc and musl print it: name, path and address.
_LISTED = re.compile(rb"(?:=> |^\t)(/.*) \(0x[0-9a-f]+\)$", re.MULTILINE)
_SHEBANG = re.compile(rb"#!\s*(/[^\s]{1,200})")
_LONGEST_NAME = 64  # characters of a worker's name


def loaded_objects(
    program: str,
    environment: Mapping[str, str],
    directory: str,
    services: Sequence[Service] = (),
) -> set[str]:
    """Returns the paths of the object files that the loader finds for a program.

    Those that it opens itself, while it runs, are not among them.

    Args:
      program: absolute path of a program, or of a script.
      environment: all variables of the run.
      directory: working directory.
      services: what the run gets of the driver, such as answers of the fixed kernel.
    """
    try:
        program = _interpreter(program)
        loader = read_loader(program)
    except OSError:
        return {program}
    if not loader:
        return {program}
    printed = bytearray()

    def output(block: bytes) -> None:
        printed.extend(block[: _LONGEST_LIST - len(printed)])

    # The loader may be one that does not start here.
    with contextlib.suppress(CodSpeedError):
        command = (loader, "--list", program)
        run(command, environment, directory, _LIST_TIMEOUT_S, output, services)
    found = _LISTED.findall(printed)
    return {os.path.realpath(path) for path in [program, loader, *map(os.fsdecode, found)]}


def _interpreter(program: str) -> str:
    """Returns what the kernel starts for a script; the program itself if it is none."""
    with open(program, "rb") as file:
        found = _SHEBANG.match(file.read(256))
    return os.path.realpath(os.fsdecode(found[1])) if found else program


def read_host(
    objects: Iterable[str],
    interpreter: tuple[str, str] | None,
    files: HostFiles,
    *,
    under_root: bool = False,
) -> Host:
    """Describes what a run took from the machine.

    Args:
      objects: absolute paths of the object files whose code may have run.
      interpreter: path and version of the one that runs the benchmarks, if there is one.
      files: the machine's.
      under_root: whether a pinned root stood for the machine's libraries: what is called as those
        are is then the root's.
    """
    path, version = interpreter or ("", "")
    # A profile is the program's word: no file has a byte 0 in its name.
    taken = (one for one in objects if not (under_root and is_of_root(one)) and "\0" not in one)
    real = {os.path.realpath(one) for one in taken}
    found = {
        read_object_file(one, os.path.basename(one))
        for one in real - {os.path.realpath(path)}
        if _of_machine(one)
    }
    return Host(
        loader=_first(one for one in found if is_loader(one.name)),
        libc=_first(one for one in found if is_libc(one.name)),
        interpreter=_described(path, version) if _of_machine(path) else None,
        libraries=sorted(
            (one for one in found if not is_libc(one.name) and not is_loader(one.name)),
            key=lambda one: (one.name, one.build_id),
        ),
        kernel=os.uname().release,
        cpu=cpu_model(files),
        worker=_worker(files),
    )


def _of_machine(path: str) -> bool:
    """Whether a file is the machine's, and not a declared input."""
    return path.startswith("/") and not path.startswith(f"{STAGE}/") and os.path.isfile(path)


def _described(path: str, version: str) -> ObjectFile:
    found = read_object_file(path, os.path.basename(os.path.realpath(path)))
    return ObjectFile(found.name, version, found.build_id)


def _first(found: Iterable[ObjectFile]) -> ObjectFile | None:
    return min(found, key=lambda one: (one.name, one.build_id), default=None)


def _worker(files: HostFiles) -> str:
    """Returns the name for people that a machine was given; empty if it looks like a path.

    A host name is none: containers get one at random, and laptops that of their owners.
    """
    for line in files.text("etc/machine-info").splitlines():
        name, equals, value = line.partition("=")
        if name.strip() == "PRETTY_HOSTNAME" and equals:
            try:
                text = " ".join(shlex.split(value))
            except ValueError:
                return ""
            fits = text.isprintable() and "/" not in text and len(text) <= _LONGEST_NAME
            return text if fits else ""
    return ""
