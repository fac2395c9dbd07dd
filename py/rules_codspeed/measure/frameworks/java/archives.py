"""Jars and launchers: what a file is, and whether the annotation processor of JMH wrote to it."""

from __future__ import annotations

import zipfile

_START = b"PK\x03\x04"
_LIST = "META-INF/BenchmarkList"


def is_archive(path: str) -> bool:
    """Returns whether a file is a jar; one that cannot be read is none."""
    return _starts_with(path, _START)


def is_script(path: str) -> bool:
    """Returns whether a file names its interpreter; one that cannot be read does not."""
    return _starts_with(path, b"#!")


def _starts_with(path: str, start: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(start)) == start
    except OSError:
        return False


def has_benchmarks(path: str) -> bool:
    """Returns whether a jar lists benchmarks of JMH; others than jars do not."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.getinfo(_LIST).file_size > 0
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
