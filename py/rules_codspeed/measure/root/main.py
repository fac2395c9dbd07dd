"""Makes the archive of a pinned root of its layers. Entry of the action CodSpeedRoot.

The same layers give the same bytes: entries are sorted, without owners and times.
"""

from __future__ import annotations

import io
import os
import sys
import tarfile

if __name__ == "__main__":
    # As that of the measuring drivers.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 4)[0])

from rules_codspeed.contract.arguments import Parser
from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.import_path import add_import_path_option, use_import_path
from rules_codspeed.measure.root.layers import open_layer
from rules_codspeed.measure.root.tree import Entry, Tree


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = Parser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--label", required=True, help="of the root, for errors")
    parser.add_argument("--output", required=True, help="archive to write")
    parser.add_argument("layers", nargs="+", help="packages and archives, the lowest first")
    add_import_path_option(parser)
    use_import_path(sys.argv[1:] if arguments is None else arguments)
    chosen = parser.parse_args(arguments)
    return run_entry(lambda: make_root(chosen.label, chosen.layers, chosen.output))


def make_root(label: str, layers: list[str], output: str) -> None:
    """Puts layers on one another and writes the archive.

    Args:
      label: of the root, for errors.
      layers: paths of packages and archives, the lowest first.
      output: archive to write.

    Raises:
      CodSpeedError: a layer cannot be read, or the root has no dynamic loader.
    """
    tree = Tree()
    for path in layers:
        with open_layer(path) as layer:
            tree.add_layer(layer.archive, layer.is_package)
    if not tree.has_loader():
        raise CodSpeedError(
            f"the root {label} has no dynamic loader",
            got=f"{len(tree.entries)} entries of {len(layers)} layers",
            expected="a loader such as /lib64/ld-linux-x86-64.so.2 or /lib/ld-musl-aarch64.so.1",
            fix="list the package of the C library, such as libc6, in layers",
        )
    with tarfile.open(output, "w", format=tarfile.GNU_FORMAT) as archive:
        for path, entry in tree.complete().items():
            _write(archive, path, entry)


def _write(archive: tarfile.TarFile, path: str, entry: Entry) -> None:
    member = tarfile.TarInfo(path)
    member.mode = entry.mode
    if entry.link:
        member.type, member.linkname = tarfile.SYMTYPE, entry.link
    elif entry.content is None:
        member.type = tarfile.DIRTYPE
    content = entry.content or b""
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


if __name__ == "__main__":
    sys.exit(main())
