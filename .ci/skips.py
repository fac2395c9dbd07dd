"""Lists what tests skipped, and why: `skips.py FOLDER` reads every test.xml below a folder."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree


def skips(folder: Path) -> Counter[str]:
    """Returns how many tests were skipped, for each reason.

    Args:
      folder: with the files that Bazel and pytest write, such as `bazel-testlogs`.
    """
    found: Counter[str] = Counter()
    for file in folder.rglob("test.xml"):
        for skipped in ElementTree.parse(file).iter("skipped"):
            found[skipped.get("message", "no reason")] += 1
    return found


if __name__ == "__main__":
    found = skips(Path(sys.argv[1]))
    for reason, count in sorted(found.items()):
        print(f"skipped {count}: {reason}")
    print(f"{found.total()} tests were skipped, for {len(found)} reasons")
