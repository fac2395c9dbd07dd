"""Recorded environments of CI systems: variables, and the event file where there is one.

It uses the standard library alone, so that end-to-end tests can use it.
"""

from __future__ import annotations

import json
from pathlib import Path

_FIXTURES = Path(__file__).parent / "fixtures"

NAMES = sorted(file.stem for file in _FIXTURES.glob("*.json"))

# These name the checkout.
_FOLDERS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def load_environment(name: str, scratch: Path, checkout: Path) -> dict[str, str]:
    """Returns the variables of a recorded environment, as in a checkout of this machine.

    Args:
      name: one of `NAMES`, such as `github_push`.
      scratch: folder for the event file.
      checkout: folder that serves as the checkout.
    """
    fixture = json.loads((_FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    variables: dict[str, str] = dict(fixture["variables"])
    variables.update({folder: str(checkout) for folder in _FOLDERS if folder in variables})
    if "event" in fixture:
        file = scratch / "event.json"
        file.write_text(json.dumps(fixture["event"]), encoding="utf-8")
        variables["GITHUB_EVENT_PATH"] = str(file)
    return variables
