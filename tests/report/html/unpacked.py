"""Reads reports. Standard library only: end-to-end tests run without packages."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from typing import Any


def blocks(text: str) -> dict[str, Any]:
    """Returns the data blocks of a report, unpacked."""
    found = {}
    for name, content in re.findall(
        r'<script type="application/json" id="([^"]*)">(.*)</script>', text
    ):
        found[name] = json.loads(zlib.decompress(b64decode(content)))
    return found
