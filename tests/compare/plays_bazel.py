"""Simulates `bazel build` for the tests of the comparison: the end-to-end test uses the real one.

Makes the results that the workspace's file `numbers.json` states, as a build's actions would, and
the build events that name them. Fails where there is a file `broken`, with the status in it or 1,
and where a target is verified that the file `unsteady` names.
"""

import json
import os
import sys
from pathlib import Path


def install(path: Path) -> None:
    """Writes a program that plays Bazel."""
    path.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).absolute()} "$@"\n')
    path.chmod(0o755)


def calls(folder: Path) -> list[list[str]]:
    """Returns the command lines of the builds in a workspace, or with an output base."""
    return [json.loads(line)[1] for line in (folder / "calls").read_text().splitlines()]


def main() -> int:
    """Simulates one build; returns its exit status."""
    flags = dict(word.lstrip("-").partition("=")[::2] for word in sys.argv if word.startswith("--"))
    # A worktree is cleaned for each commit, unlike an output base.
    base = Path(flags.get("output_base", "."))
    base.mkdir(parents=True, exist_ok=True)
    with (base / "calls").open("a") as calls:
        calls.write(json.dumps([str(Path.cwd()), sys.argv[1:]]) + "\n")
    Path("environment").write_text(json.dumps(dict(os.environ)))
    unsteady = Path("unsteady")
    verified = any(name.endswith(":verify") for name in flags)
    broken = Path("broken")
    if broken.exists() or (verified and unsteady.exists() and unsteady.read_text() == sys.argv[-1]):
        print("ERROR: a target is broken", file=sys.stderr)
        return int((broken.exists() and broken.read_text()) or 1)
    output = Path(flags.get("output_base", "own_base"), "bin").absolute()
    output.mkdir(parents=True, exist_ok=True)
    results = output / "sort_simulation.results.json"
    results.write_text(Path("numbers.json").read_text())
    profile = output / "sort_simulation.profile"
    profile.mkdir(exist_ok=True)
    (profile / "1.out").write_text("as head left it")
    events = [
        {"started": {"command": "build"}},
        {"namedSetOfFiles": {"files": [{"name": "r", "uri": results.as_uri()}]}},
        {"namedSetOfFiles": {"files": [{"name": "p", "uri": (profile / "1.out").as_uri()}]}},
    ]
    text = "".join(json.dumps(event) + "\n" for event in events)
    Path(flags["build_event_json_file"]).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
