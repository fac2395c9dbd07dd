"""Fetches packages of the table by this machine's apt: `fetch.py --set guest --out FOLDER FILE...`.

A repository rule calls it for what Bazel's own cache lacks, and verifies each file. Standard
library only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

# A script's own folder is on the path, that of the private apt is not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bazel"))

from apt import Package, PrivateApt
from errors import BootstrapError
from packages import TABLE, read_table

_UPDATE = (
    "Debian's archive may have another version by now: "
    "python3 tools/aarch64/pin.py --table {} pins what it has"
)


def main(arguments: list[str]) -> int:
    """Fetches; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=TABLE, help="in place of packages.json")
    parser.add_argument("--set", required=True, help="name of the set in the table")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets the files")
    parser.add_argument("files", nargs="+", help="names of files in the set")
    options = parser.parse_args(arguments)
    table = read_table(options.table)
    wanted = table.sets[options.set]
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as state:
            apt = PrivateApt(Path(state), table.suite, [wanted.architecture])
            apt.update()
            packages = [Package(file, 0, wanted.packages[file]) for file in options.files]
            apt.download(packages, options.out)
    except BootstrapError as error:
        print(f"{error} {_UPDATE.format(options.table)}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
