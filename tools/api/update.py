"""Writes docs/api: `./bazelw run //tools/api:update`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tools.api.markdown import pages
from tools.api.model import Api, file_of, settings_of
from tools.api.textproto import parse

FOLDER = "docs/api"


def read(extracted: Path) -> Api:
    """Reads what //docs/api:extracted makes.

    Args:
        extracted: the folder of those files.
    """
    tables = json.loads((extracted / "tables.json").read_text())
    return Api(
        tuple(file_of(parse(path.read_text())) for path in sorted(extracted.glob("*.textproto"))),
        settings_of(tables["settings"]),
        tables["toolchain_types"],
    )


def update(folder: Path, wanted: dict[str, str]) -> list[str]:
    """Writes pages, and removes those that are no longer wanted.

    Args:
        folder: holds the pages.
        wanted: text by name of the page.

    Returns:
        names of the pages that changed.
    """
    found = {path.name: path.read_text() for path in folder.glob("*.md")}
    for name in sorted(found.keys() - wanted.keys()):
        (folder / name).unlink()
    for name, text in wanted.items():
        if found.get(name) != text:
            (folder / name).write_text(text)
    return sorted(
        name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)
    )


def main() -> int:
    """Writes the pages into the source tree that `bazel run` was called in."""
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not root:
        print("update: start it with ./bazelw run //tools/api:update", file=sys.stderr)
        return 1
    extracted = Path(__file__).absolute().parents[2] / FOLDER
    changed = update(Path(root, FOLDER), pages(read(extracted)))
    print(f"{FOLDER}: {', '.join(changed)} updated" if changed else f"{FOLDER}: current")
    return 0


if __name__ == "__main__":
    sys.exit(main())
