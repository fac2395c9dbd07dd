"""A pinned root for tests: this machine's own C library, with another version in it."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from pathlib import Path

from rules_codspeed.measure.root.main import make_root
from rules_codspeed.measure.stage.host import loaded_objects
from rules_codspeed.measure.stage.objects.object_file import is_libc, read_object_file
from tests.measure.rebuilt import OTHER, rebuilt
from tests.measure.target import Target

NAME = "other"
SEEN = """\
libc 9.99
/etc/of-the-root: done
one
//usr/share/../share/./of-the-root/file: done
two
/lib/linked: done
two
in /usr/share/of-the-root: another
in /usr/share/of-the-root: file
readlink: done
/usr/share/of-the-root/file
readlink of a file: Invalid argument
access: done
access to run: Permission denied
access to write: Read-only file system
open to write: Read-only file system
make: Read-only file system
size of 4: done
a link itself: done
access to the compiler: No such file or directory
stat of the compiler: No such file or directory
open the compiler: No such file or directory
open the temporary folder: done
"""
"""What `root.c` prints."""


def rooted(target: Target, root: Path | None) -> Target:
    """Gives a target a root, or none."""
    target.root = root
    target.spec.update(root=NAME if root else "", timeout_s=600)
    return target


def make_pinned(program: Path, folder: Path) -> Path:
    """Makes the archive of a root: this machine's libraries, a libc of another version, and files.

    Args:
      program: whose libraries it holds.
      folder: to work in.
    """
    tree = folder / "tree"
    for name in ["copied", "tree/etc", "tree/usr/share/of-the-root", "tree/usr/lib"]:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for path in loaded_objects(str(program), {}, str(folder)) - {str(program)}:
        own = other_libc(path, folder / "copied") if is_libc(os.path.basename(path)) else path
        # Under its own path, and for the loader under the one that programs name it by.
        for place in [path, *_names(path)]:
            (tree / place[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(own, tree / place[1:])
    (tree / "etc/of-the-root").write_text("one\n")
    (tree / "usr/share/of-the-root/file").write_text("two\n")
    (tree / "usr/share/of-the-root/another").touch()
    (tree / "usr/lib/linked").symlink_to("/usr/share/of-the-root/file")
    layer, archive = folder / "layer.tar", folder / "root.tar"
    with tarfile.open(layer, "w") as made:
        made.add(tree, ".")
    make_root("//:root", [str(layer)], str(archive))
    return archive


def other_libc(path: str, folder: Path) -> str:
    """Copies the C library; also a program that asks for its version gets another one."""
    copy = Path(rebuilt(path, folder))
    version = read_object_file(path, os.path.basename(path)).version.encode()
    # Not in the names of versions of symbols.
    text = rb"(?<!_)%b\0" % re.escape(version)
    copy.write_bytes(re.sub(text, OTHER + b"\0", copy.read_bytes()))
    return str(copy)


def _names(path: str) -> list[str]:
    """Other paths of a library in folders that a loader searches, such as those of the loader."""
    folders = ["/lib64", "/lib", "/usr/lib64", "/usr/lib"]
    found = [f"{folder}/{os.path.basename(path)}" for folder in folders]
    return [one for one in found if os.path.realpath(one) == path]
