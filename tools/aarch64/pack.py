"""Packs what the guest gets of the project, with Python's bytecode of it.

Entry of the action AarchGuestFiles. Standard library only.
"""

from __future__ import annotations

import argparse
import importlib.util
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode, PyCompileError
from py_compile import compile as compile_file

# Isolated mode (-I) does not search the folder of the script.
sys.path.insert(0, str(Path(__file__).absolute().parent))

from newc import Archive

WORK = "work"
"""Folder of the guest that holds the runfiles."""
_MODE = stat.S_IFREG | 0o644


def _bytecode(path: str, file: Path, scratch: Path) -> Iterator[tuple[str, bytes]]:
    """Yields path and content of a module's bytecode, which a Python of the same version reads."""
    made = scratch / "made.pyc"
    mode = PycInvalidationMode.UNCHECKED_HASH
    try:
        compile_file(str(file), str(made), f"/{path}", doraise=True, invalidation_mode=mode)
    except PyCompileError:
        # Tests have files that are no Python.
        return
    yield importlib.util.cache_from_source(path), made.read_bytes()


def pack(archive: Archive, files: dict[str, Path], imports: list[str], init: Path) -> None:
    """Adds the first process, files by their runfiles path, and the folders to import from."""
    archive.add("init", stat.S_IFREG | 0o755, init.read_bytes())
    roots = ":".join(f"/{WORK}/{path}" for path in dict.fromkeys(["_main", *imports]))
    archive.add(f"{WORK}/imports", _MODE, roots.encode())
    with tempfile.TemporaryDirectory() as scratch:
        for name, file in sorted(files.items()):
            path = f"{WORK}/{name}"
            archive.add(path, stat.S_IFREG | stat.S_IMODE(file.stat().st_mode), file.read_bytes())
            if path.endswith(".py"):
                for compiled, content in _bytecode(path, file, Path(scratch)):
                    archive.add(compiled, _MODE, content)


def main(arguments: list[str]) -> int:
    """Packs; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, fromfile_prefix_chars="@")
    parser.add_argument("--out", type=Path, required=True, help="the archive")
    parser.add_argument("--init", type=Path, required=True, help="the guest's first process")
    parser.add_argument("--import-folder", action="append", default=[], help="below the runfiles")
    parser.add_argument("files", nargs="*", help="runfiles path, a tab, and the file")
    options = parser.parse_args(arguments)
    files = dict(line.split("\t") for line in options.files)
    with options.out.open("wb") as stream:
        archive = Archive(stream)
        found = {name: Path(file) for name, file in files.items()}
        pack(archive, found, options.import_folder, options.init)
        archive.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
