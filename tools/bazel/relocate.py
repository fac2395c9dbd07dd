"""Makes unpacked Debian packages run from a private folder instead of /.

Paths of the final place are written in while the files still lie in a
temporary one: the folder is renamed when all is done.
"""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from errors import BootstrapError

_CLASSPATH = "usr/share/bazel/bazel_classpath_debian_depends.txt"


def _only(root: Path, pattern: str) -> Path:
    found = sorted(root.glob(pattern))
    if not found:
        raise BootstrapError(
            f"Debian's packages hold no {pattern}: they have changed. "
            "Install bazelisk and put it on PATH, and report this."
        )
    return found[0]


def java_home(root: Path) -> Path:
    """Returns the folder of the Java runtime, relative to the root."""
    return _only(root, "usr/lib/jvm/java-*-openjdk-*").relative_to(root)


def _is_elf(file: Path) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def relocate_links(root: Path, final: Path) -> None:
    """Turns absolute symbolic links to packaged files into links below the final root."""
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            link = Path(folder) / name
            if not link.is_symlink():
                continue
            target = os.readlink(link)
            if target.startswith("/") and os.path.lexists(f"{root}{target}"):
                link.unlink()
                link.symlink_to(f"{final}{target}")


def relocate_programs(root: Path, final: Path) -> None:
    """Points executables and Java's libraries to the packaged loader and libraries.

    Java's shared objects need it too: their own $ORIGIN runpath hides the
    executable's. patchelf itself is packaged, and run by the packaged loader.
    """
    lib = _only(root, "usr/lib/*-linux-gnu").relative_to(root)
    loader = _only(root / lib, "ld-linux-*.so.*").relative_to(root)
    jvm = java_home(root)
    patchelf = [
        str(root / loader),
        "--library-path",
        str(root / lib),
        str(root / "usr/bin/patchelf"),
    ]

    def patch(files: Iterator[Path] | Sequence[Path], rpath: Sequence[Path], *more: str) -> None:
        paths = ":".join(str(final / path) for path in rpath)
        elf = [str(file) for file in files if _is_elf(file)]
        subprocess.run([*patchelf, *more, "--force-rpath", "--set-rpath", paths, *elf], check=True)

    interpreter = ["--set-interpreter", str(final / loader)]
    patch([root / "usr/bin/bazel", *root.glob("usr/libexec/*/bazel/*")], [lib], *interpreter)
    patch([root / jvm / "lib/jspawnhelper"], [lib], *interpreter)
    patch([root / jvm / "bin/java"], [jvm / "lib", lib], *interpreter)
    shared = [*(root / jvm).glob("lib/*.so"), *(root / jvm).glob("lib/server/*.so")]
    shared += root.glob("usr/lib/*/bazel/*.so")
    patch(shared, [jvm / "lib", jvm / "lib/server", lib])


def manifest_class_path(jar: Path) -> list[str]:
    """Returns the entries of `Class-Path` in a jar's manifest (continuation lines joined)."""
    try:
        with zipfile.ZipFile(jar) as archive:
            text = archive.read("META-INF/MANIFEST.MF").decode("utf-8", "replace")
    except (KeyError, zipfile.BadZipFile):
        return []
    for line in text.replace("\r", "").replace("\n ", "").split("\n"):
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
    queue = list(listed)
    while queue:
        jar = queue.pop(0)
        if not Path(f"{root}{jar}").is_file():
            continue
        for entry in manifest_class_path(Path(f"{root}{jar}")):
            path = os.path.normpath(os.path.join(os.path.dirname(jar), entry))
            if path not in found and Path(f"{root}{path}").exists():
                found[path] = None
                queue.append(path)
    return list(found)


def relocate_classpath(root: Path, final: Path) -> None:
    """Writes the server's class path with the paths of the final root."""
    file = root / _CLASSPATH
    jars = expanded_classpath(root, [line for line in file.read_text("utf-8").split("\n") if line])
    file.write_text("".join(f"{final}{jar}\n" for jar in jars), "utf-8")
