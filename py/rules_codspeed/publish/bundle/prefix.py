"""Prefixes the paths of a profile: those of a Bazel workspace below the root of its checkout.

A profile's paths are relative to the workspace, all that an action knows; CodSpeed wants them
relative to the root of the repository (spec: upload 18, rule 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rules_codspeed.contract.executors import Executor
from rules_codspeed.publish.bundle.merge import UNSENT, Profile
from rules_codspeed.publish.bundle.prefix_walltime import rewriter
from rules_codspeed.publish.errors import PublishError

_URI = b"desc: Trigger: Client Request: "
# Not about a file: an integration that registers, and a program that is measured as a whole.
_NO_URIS = (b"Metadata: ", b"exec_harness::")
# Records of callgrind's format that name an object or a source file, compressed or not.
_PATHS = tuple(b"%b=" % name for name in (b"ob", b"fl", b"fi", b"fe", b"cob", b"cfi", b"cfl"))
# Files of no workspace: absolute, unknown, of another repository, or as their compiler wrote them.
_ELSEWHERE = (b"/", b"???", b"external/", b"./", b"../", b"<")


def prefixed(
    profiles: Sequence[Profile], executor: Executor, prefix: str, scratch: Path
) -> list[Profile]:
    """Copies profile folders with prefixed paths; files without any are links to the originals.

    Args:
      profiles: measured folders.
      executor: how they were measured.
      prefix: folder of the workspace below the root of the checkout, with a slash at its end;
        empty where they are one: the profiles are returned as they are then.
      scratch: an empty folder for the copies.

    Raises:
      PublishError: a profile cannot be read, its copy cannot be written, or we do not know
        where the paths in a file of it are.
    """
    if not prefix:
        return list(profiles)
    copies = []
    for number, profile in enumerate(profiles):
        copy = scratch / str(number)
        try:
            _copy_folder(profile, executor, "", copy, prefix)
        except OSError as error:
            raise PublishError(
                f"cannot copy the profile of {profile.label}",
                got=error,
                expected="a folder of files as Bazel made it, and a disk with free space",
                fix="build the suite again with 'bazel run'",
            ) from error
        copies.append(Profile(profile.label, copy))
    return copies


def _copy_folder(profile: Profile, executor: Executor, below: str, copy: Path, prefix: str) -> None:
    (copy / below).mkdir(parents=True)
    for file in sorted((profile.folder / below).iterdir()):
        name = f"{below}{file.name}"
        if name in UNSENT:
            continue
        if file.is_dir():
            _copy_folder(profile, executor, f"{name}/", copy, prefix)
        elif executor == "valgrind" and file.suffix == ".out":
            _copy_callgrind(file, copy / name, prefix.encode())
        elif executor != "valgrind" and (rewrite := rewriter(name, profile.label)):
            (copy / name).write_bytes(rewrite(file.read_bytes(), prefix))
        else:
            # A recording has gigabytes; whoever reads the copy follows links.
            (copy / name).symlink_to(file.absolute())


def _copy_callgrind(file: Path, copy: Path, prefix: bytes) -> None:
    """Copies a profile in memory that does not grow with it."""
    with file.open("rb") as source, copy.open("wb") as target:
        target.writelines(prefixed_line(line, prefix) for line in source)


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
