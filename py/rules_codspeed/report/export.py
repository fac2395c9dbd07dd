"""Copies profiles and results of a suite into a folder, all or nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.output.atomic import replace_folder, sync_tree
from rules_codspeed.contract.output.parts import part_folder, remove_parts
from rules_codspeed.contract.output.space import is_no_space, no_space
from rules_codspeed.report.collect import Suite, Target
from rules_codspeed.report.marker import foreign_entry, write_marker
from rules_codspeed.results.model import Results

RESULTS = "results.json"
PROFILE = "profile"
EXPLAINED = "explained"
UPLOAD = "upload"
"""Name of the folder with what is uploaded."""


def export(suite: Suite, results: Results, folder: Path, upload: Path | None = None) -> None:
    """Writes `results.json`, and `<package>/<name>.<mode>/` with each profile and provenance.

    A folder of an earlier export is replaced if it is as that export left it: nobody's
    work is ever deleted. Whenever the folder is there, it is complete, also when two
    exports run at once.

    Args:
      suite: what to copy.
      results: of the suite.
      folder: absolute path, without links.
      upload: folder with what is uploaded, if it is to be copied too.

    Raises:
      CodSpeedError: the folder holds something else, or cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Checked before the work too. Under the lock, so that no other export moves the folder.
        with _locked(folder.parent):
            check_replaceable(folder)
        with part_folder(folder.parent) as scratch:
            new = scratch / "new"
            _fill(new, suite, results, upload)
            with _locked(folder.parent):
                check_replaceable(folder)
                replace_folder(folder, new, scratch / "old")
    except OSError as error:
        if is_no_space(error):
            needed = _size(suite, results, upload)
            error = no_space(error, folder, needed, folder.parent)
        raise CodSpeedError(
            f"cannot write --out {folder}",
            got=error,
            expected="a writable folder on a disk with free space",
            fix="choose another --out",
        ) from error


def check_replaceable(folder: Path) -> None:
    """Checks that a folder may be replaced.

    Raises:
      CodSpeedError: it holds something that no export wrote.
    """
    if not os.path.lexists(folder):
        return
    if folder.is_dir() and not folder.is_symlink():
        for place in (folder, folder / UPLOAD):
            remove_parts(place)
        entry = foreign_entry(folder)
        if entry is None:
            return
        got = f"{entry!r} in it, which no export wrote, or which was changed since"
    else:
        got = "something that is not a folder"
    raise CodSpeedError(
        f"cannot write --out {folder}",
        got=got,
        expected="a new or empty folder, or an export as it was written",
        fix="choose another --out, or move what is there",
    )


def _fill(new: Path, suite: Suite, results: Results, upload: Path | None) -> None:
    new.mkdir()
    (new / RESULTS).write_text(results.to_json(), encoding="utf-8")
    for target in suite.targets:
        copy = new / _target_folder(target.label, target.mode)
        copy.mkdir(parents=True)
        shutil.copyfile(target.provenance, copy / "provenance.json")
        _copy_files(target.profile, copy / PROFILE)
        if explained := target.explained:
            _copy_files(explained, copy / EXPLAINED)
    if upload:
        _copy_files(upload, new / UPLOAD)
        _make_private(new / UPLOAD)
    write_marker(new)
    sync_tree(new)


def _size(suite: Suite, results: Results, upload: Path | None) -> int:
    """Returns how many bytes the files of an export have; the marker is left out."""
    folders = [one.profile for one in suite.targets] + ([upload] if upload else [])
    folders += [one.explained for one in suite.targets if one.explained]
    files = [
        Path(place, name)
        for folder in folders
        for place, _, names in os.walk(folder)
        for name in names
    ]
    files += [one.provenance for one in suite.targets]
    return len(results.to_json().encode()) + sum(file.stat().st_size for file in files)


def exported_profiles(
    folder: Path, targets: Sequence[Target], which: str = PROFILE
) -> Iterator[tuple[Target, Path]]:
    """Yields the profile folder of each target that an earlier export holds.

    Args:
      folder: of the export.
      targets: to look for.
      which: `PROFILE`, or `EXPLAINED` for those that tell Python functions apart.
    """
    for target in targets:
        if profile := exported_profile(folder, target.label, target.mode, which):
            yield target, profile


def exported_profile(folder: Path, label: str, mode: str, which: str = PROFILE) -> Path | None:
    """Returns a profile folder of a target that an earlier export holds; None without one."""
    profile = folder / _target_folder(label, mode) / which
    return profile if profile.is_dir() else None


def _target_folder(label: str, mode: str) -> str:
    """Returns `pkg/name.mode` of `//pkg:name`, below `external/repo` of `@repo//pkg:name`."""
    repository, _, path = label.partition("//")
    package, _, name = path.rpartition(":")
    below = f"external/{repository.lstrip('@')}/{package}" if repository else package
    return f"{below}/{name}.{mode}".lstrip("/")


def _copy_files(source: Path, copy: Path) -> None:
    """Copies regular files; Bazel's outputs are read-only, the copies are not."""
    copy.mkdir()
    for entry in sorted(source.iterdir()):
        if entry.is_dir():
            _copy_files(entry, copy / entry.name)
        else:
            shutil.copyfile(entry, copy / entry.name)


def _make_private(folder: Path) -> None:
    """Lets nobody else read what is uploaded, as in its original place."""
    for entry in [folder, *folder.rglob("*")]:
        entry.chmod(0o700 if entry.is_dir() else 0o600)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds a lock on a folder, which leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
