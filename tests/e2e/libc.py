"""Commands that run under another libc than the machine's."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

OTHER_VERSION = "9.99"


def other_libc(folder: Path) -> list[str]:
    """Returns a command that starts another one with a libc of `OTHER_VERSION`.

    Args:
      folder: holds that libc from now on.

    Raises:
      unittest.SkipTest: this machine's has no version, or cannot be hidden.
    """
    maps = Path("/proc/self/maps").read_text("utf-8")
    libc = next((word for word in maps.split() if re.search(r"/libc[.-][^/]*so", word)), "")
    copy = folder / "libc"
    old = Path(libc).read_bytes() if libc else b""
    other = rb"\g<1>" + OTHER_VERSION.encode()
    copy.write_bytes(re.sub(rb"(release version )\d\.\d\d\b", other, old))
    copy.chmod(0o755)
    if copy.read_bytes() == old:
        raise unittest.SkipTest("no libc on this machine whose version can be changed")
    script = f'mount --bind {copy} {libc}\nexec "$@"'
    prefix = ["unshare", "--mount", "sh", "-ec", script, "sh"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        raise unittest.SkipTest("needs root, to mount another libc")
    return prefix
