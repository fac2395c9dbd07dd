"""Parts of this machine's C library that state another version and build."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rules_codspeed.measure.stage.objects.object_file import read_object_file

OTHER = b"9.99"


def rebuilt(source: str, folder: Path) -> str:
    """Copies a part of glibc; build id and version become others, the code stays."""
    was = read_object_file(source, os.path.basename(source))
    if not was.version or not was.build_id or len(was.version) != len(OTHER):
        pytest.skip(f"the C library of this machine states {was.version or 'no version'}")
    content = Path(source).read_bytes()
    build_id = bytes.fromhex(was.build_id)
    content = content.replace(build_id, build_id[::-1])
    content = re.sub(
        rb"(release version )%b\b" % re.escape(was.version.encode()), rb"\g<1>" + OTHER, content
    )
    copy = folder / os.path.basename(source)
    copy.write_bytes(content)
    copy.chmod(0o755)
    return str(copy)
