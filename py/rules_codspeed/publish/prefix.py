"""Prefixes the paths of a profile: those of a Bazel workspace below the root of its checkout.

A profile's paths are relative to the workspace, as an action knows no more; CodSpeed wants them
relative to the root of the repository (spec/upload.md 18.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.merge import Profile

_URI = b"desc: Trigger: Client Request: "
# Not of a file: an integration that registers, and a program that is measured as a whole.
_NO_URIS = (b"Metadata: ", b"exec_harness::")
# Records of callgrind's format that name an object or a source file, compressed or not.
_PATHS = tuple(b"%b=" % name for name in (b"ob", b"fl", b"fi", b"fe", b"cob", b"cfi", b"cfl"))
# Files of no workspace: absolute, unknown, of another repository, or as their compiler wrote them.
_ELSEWHERE = (b"/", b"???", b"external/", b"./", b"../", b"<")


def prefixed(profiles: Sequence[Profile], prefix: str, scratch: Path) -> list[Profile]:
    """Copies profile folders with prefixed paths; memory does not grow with a profile.

    Args:
      profiles: measured folders, as simulation makes them.
      prefix: folder of the workspace below the root of the checkout, with a slash at its end;
        empty where they are one: the profiles are returned as they are then.
      scratch: an empty folder for the copies.

    Raises:
      PublishError: a profile cannot be read, or its copy not be written.
    """
    if not prefix:
        return list(profiles)
    copies = []
    for number, profile in enumerate(profiles):
        copy = scratch / str(number)
        try:
            _copy_folder(profile.folder, copy, prefix.encode())
        except OSError as error:
            raise PublishError(
                f"cannot copy the profile of {profile.label}. Got: {error}. Expected: a folder of "
                "files as Bazel made it, and a disk with space. Fix: build the suite again with "
                "'bazel run'."
            ) from error
        copies.append(Profile(profile.label, copy))
    return copies


def _copy_folder(folder: Path, copy: Path, prefix: bytes) -> None:
    copy.mkdir(parents=True)
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            _copy_folder(entry, copy / entry.name, prefix)
        else:
            _copy(entry, copy / entry.name, prefix)


def _copy(file: Path, copy: Path, prefix: bytes) -> None:
    with file.open("rb") as source, copy.open("wb") as target:
        if file.suffix == ".out":
            target.writelines(prefixed_line(line, prefix) for line in source)
        else:
            while block := source.read(1 << 20):
                target.write(block)


def prefixed_line(line: bytes, prefix: bytes) -> bytes:
    """Returns a line of a callgrind profile with its path prefixed, if it has one.

    Args:
      line: with its newline.
      prefix: with a slash at its end.
    """
    if line.startswith(_URI):
        uri = line[len(_URI) :]
        return line if uri.startswith(_NO_URIS) else _URI + prefix + uri
    if not line.startswith(_PATHS):
        return line
    record, _, name = line.partition(b"=")
    number = b""
    if name.startswith(b"("):
        number, closed, name = name.partition(b")")
        number += closed
        # A number alone stands for a name that was given before.
        stripped = name.lstrip(b" ")
        number += name[: len(name) - len(stripped)]
        name = stripped
    if not name.strip() or name.startswith(_ELSEWHERE):
        return line
    return record + b"=" + number + prefix + name
