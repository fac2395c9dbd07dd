"""Lists what tests skipped, from every test.xml below a folder that Bazel keeps test logs in.

skips.py FOLDER          how many, for each reason
skips.py FOLDER TREE     labels of the tests of a source tree that skipped anything
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree


def skips(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yields the folder of each test, below the given one, and the reasons of what it skipped.

    Args:
      folder: with the files that Bazel and pytest write, such as `bazel-testlogs`.
    """
    for file in sorted(folder.rglob("test.xml")):
        found = ElementTree.parse(file).iter("skipped")
        yield (
            file.parent.relative_to(folder),
            [one.get("message", "no reason") for one in found],
        )


def label(test: Path, tree: Path) -> str:
    """Returns the label of a test: its package is the deepest folder that is one."""
    package = next(one for one in test.parents if (tree / one / "BUILD.bazel").is_file())
    return f"//{'' if package == Path() else package}:{test.relative_to(package)}"


def main(folder: Path, tree: Path | None = None) -> None:
    """Prints the list."""
    if tree:
        print(*(label(test, tree) for test, reasons in skips(folder) if reasons), sep="\n")
        return
    found = Counter(reason for _, reasons in skips(folder) for reason in reasons)
    for reason, count in sorted(found.items()):
        print(f"skipped {count}: {reason}")
    print(f"{found.total()} tests were skipped, for {len(found)} reasons")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
