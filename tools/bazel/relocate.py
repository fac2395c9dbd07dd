"""Makes unpacked Debian packages run from a private folder instead of /."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from errors import INSTALL_BAZEL, BootstrapError
from process import run

_CLASSPATH = "usr/share/bazel/bazel_classpath_debian_depends.txt"


def only(root: Path, pattern: str) -> Path:
    """Returns the first path below a folder that a pattern matches.

    Raises:
      BootstrapError: there is none: Debian's packages are not what they were.
    """
    found = sorted(root.glob(pattern))
    if not found:
        raise BootstrapError(
            f"Debian's packages hold no {pattern}: they have changed. {INSTALL_BAZEL} "
            "And report this."
        )
    return found[0]


def java_home(root: Path) -> Path:
    """Returns the folder of the Java runtime."""
    return only(root, "usr/lib/jvm/java-*-openjdk-*")


def _is_elf(file: Path) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def relocate_files(root: Path) -> None:
    """Keeps links to packaged files within the root, and takes special rights away.

    Programs that change user or group have no place in a cache folder; unpacked
    by root they would work.
    """
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(folder) / name
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                target = os.readlink(path)
                if target.startswith("/") and os.path.lexists(f"{root}{target}"):
                    path.unlink()
                    path.symlink_to(f"{root}{target}")
            elif mode & (stat.S_ISUID | stat.S_ISGID):
                path.chmod(mode & 0o777)


def relocate_programs(root: Path) -> None:
    """Points executables and Java's libraries to the packaged loader and libraries.

    Java's shared objects need it too: their own $ORIGIN runpath hides the
    executable's. patchelf itself is packaged, and run by the packaged loader.

    Raises:
      BootstrapError: the packages are not what they were, or a file cannot be patched.
    """
    lib = only(root, "usr/lib/*-linux-gnu")
    loader = only(lib, "ld-linux-*.so.*")
    jvm = java_home(root)
    patchelf = [str(loader), "--library-path", str(lib), str(root / "usr/bin/patchelf")]

    def patch(files: Iterable[Path], rpath: Sequence[Path], *more: str) -> None:
        paths = ":".join(map(str, rpath))
        elf = [str(file) for file in files if _is_elf(file)]
        run(
            [*patchelf, *more, "--force-rpath", "--set-rpath", paths, *elf],
            "cannot relocate programs",
            f"Run ./bazelw again. If that does not help: {INSTALL_BAZEL}",
        )

    interpreter = ["--set-interpreter", str(loader)]
    patch([root / "usr/bin/bazel", *root.glob("usr/libexec/*/bazel/*")], [lib], *interpreter)
    patch([jvm / "lib/jspawnhelper"], [lib], *interpreter)
    patch([jvm / "bin/java"], [jvm / "lib", lib], *interpreter)
    shared = [*jvm.glob("lib/*.so"), *jvm.glob("lib/server/*.so")]
    shared += root.glob("usr/lib/*/bazel/*.so")
    patch(shared, [jvm / "lib", jvm / "lib/server", lib])


def manifest_class_path(jar: Path) -> list[str]:
    """Returns the entries of `Class-Path` in a jar's manifest; empty if the file is not a jar."""
    try:
        with zipfile.ZipFile(jar) as archive:
            text = archive.read("META-INF/MANIFEST.MF").decode("utf-8", "replace")
    except (KeyError, OSError, zipfile.BadZipFile):
        return []
    # A line is at most 72 bytes long; the next line continues it after a space.
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n ", "")
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        if name.lower() == "class-path":
            return value.split()
    return []


def expanded_classpath(root: Path, listed: Sequence[str]) -> list[str]:
    """Returns the jars of a class path and those that their manifests name.

    Bazel's list leaves the second kind out; without them its server starts and
    never answers. Paths are absolute as installed, without the root.
    """
    found = dict.fromkeys(listed)
    queue = list(found)
    for jar in queue:
        for entry in manifest_class_path(Path(f"{root}{jar}")):
            path = os.path.normpath(os.path.join(os.path.dirname(jar), entry))
            if path not in found and os.path.exists(f"{root}{path}"):
                found[path] = None
                queue.append(path)
    return list(found)


def relocate_classpath(root: Path) -> None:
    """Writes the server's class path with the paths of the root.

    Raises:
      BootstrapError: Bazel's packages list no class path.
    """
    file = only(root, _CLASSPATH)
    jars = expanded_classpath(root, file.read_text("utf-8").split())
    file.write_text("".join(f"{root}{jar}\n" for jar in jars), "utf-8")
