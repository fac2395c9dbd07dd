"""Pins the packages that Debian's archive has today: `python3 tools/aarch64/pin.py`.

Writes packages.json, or another `--table`: the closure of what each set installs, by apt, whose
lists are signed. Standard library only.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

# A script's own folder is on the path, that of the private apt is not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bazel"))

from apt import PrivateApt
from errors import BootstrapError
from packages import TABLE, PackageSet, read_table


def pinned(one: PackageSet, apt: PrivateApt) -> PackageSet:
    """Returns a set with the packages that the archive has now.

    Raises:
      BootstrapError: the archive lacks one of them.
    """
    closure = [
        package
        for package in apt.closure(one.install)
        if not any(fnmatch(package.name, pattern) for pattern in one.left_out)
    ]
    found = [*closure, *(apt.described(one.alone) if one.alone else ())]
    rows = {package.file: package.sha256 for package in sorted(found, key=lambda one: one.file)}
    return dataclasses.replace(one, packages=rows)


def main(arguments: list[str]) -> int:
    """Writes the table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=TABLE, help="in place of packages.json")
    file = parser.parse_args(arguments).table
    table = read_table(file)
    try:
        with tempfile.TemporaryDirectory() as state:
            sets = {}
            for name, one in table.sets.items():
                apt = PrivateApt(Path(state, name), table.suite, [one.architecture])
                apt.update()
                sets[name] = pinned(one, apt)
                print(f"{name}: {len(sets[name].packages)} packages for {one.architecture}")
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    file.write_text(dataclasses.replace(table, sets=sets).text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
