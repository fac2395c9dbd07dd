"""Checks that files and folders of code stay small enough to be taken in at once.

`python3 -m tools.lint.sizes [ROOT]` prints the others.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tools.lint.tree import TreeError, project_files

ROOT = Path(__file__).resolve().parent.parent.parent

FOLDERS = ("py", "rules", "tests", "tools")
MAX_LINES = 400
MAX_MODULES = 25

_MODULES = (".bzl", ".py")
_CODE = (*_MODULES, ".bazel", ".c", ".cc", ".css", ".h", ".html", ".js", ".sh", ".tpl")
# Stands in the first line of what a tool writes: nobody reads or edits that.
_GENERATED = "Generated "


def oversized(root: Path, files: list[Path]) -> Iterator[str]:
    """Yields a sentence for each file with too many lines and each folder with too many modules.

    Args:
        root: the folder of the repository.
        files: the files of the repository, relative to it.
    """
    modules: Counter[Path] = Counter()
    for file in files:
        if file.parts[0] not in FOLDERS or file.suffix not in _CODE:
            continue
        lines = (root / file).read_text("utf-8").splitlines()
        if lines and _GENERATED in lines[0]:
            continue
        if len(lines) > MAX_LINES:
            yield f"{file} has {len(lines)} lines; at most {MAX_LINES}: split it by concept"
        if file.suffix in _MODULES and file.name != "__init__.py":
            modules[file.parent] += 1
    for folder, number in sorted(modules.items()):
        if number > MAX_MODULES:
            yield f"{folder} has {number} modules; at most {MAX_MODULES}: give some a folder"


def main() -> int:
    """Prints what is too large; returns 1 if anything is."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    try:
        found = list(oversized(root, project_files(root)))
    except TreeError as error:
        found = [str(error)]
    for sentence in found:
        print(f"sizes: {sentence}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
