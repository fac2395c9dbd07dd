"""Unpacks packages into one folder: `unpack.py --out FOLDER --packages FOLDER [--guest FOLDER]`.

With `--guest` the folder becomes `root.cpio` there, what the guest starts with, and `kernel`. A
repository rule calls it. Standard library only.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from newc import Archive, entries

# Nobody reads these here, or they serve what is left out.
_UNUSED = (
    *(f"./usr/share/{name}" for name in ("doc", "info", "lintian", "locale", "man", "perl")),
    "./usr/bin/*lto-dump*",
    "./usr/lib/gcc*/*/*/lto*",
    "./usr/lib/linux-image-*",
    "./usr/lib/*/perl*",
    "./usr/lib/udev",
    # Of x86: what boots other machines.
    "./usr/share/qemu/*.bin",
)
# Debian's own links; packages of Debian 12 still name both places.
_MERGED = ("bin", "lib", "lib64", "sbin")
# Modules of the kernel that the guest's init loads, in that order.
MODULES = (
    "drivers/virtio/virtio_pci_legacy_dev",
    "drivers/virtio/virtio_pci_modern_dev",
    "drivers/virtio/virtio_pci",
    "fs/netfs/netfs",
    "fs/fscache/fscache",
    "net/9p/9pnet",
    "net/9p/9pnet_virtio",
    "fs/9p/9p",
    "fs/overlayfs/overlay",
)
# Of Python in the guest.
_PYTHON = (3, 11)


def _unpack(package: Path, root: Path) -> None:
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as tar:
        options = ["--keep-directory-symlink", "--no-same-owner", "--no-same-permissions"]
        unused = [f"--exclude={pattern}" for pattern in _UNUSED]
        command = ["tar", "-x", "-C", str(root), *options, *unused]
        subprocess.run(command, stdin=tar.stdout, check=True)
    if tar.returncode:
        raise SystemExit(f"dpkg-deb cannot read {package}")


def unpack(packages: Path, root: Path) -> None:
    """Unpacks all packages of a folder as one system, with a merged /usr."""
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda package: _unpack(package, root), sorted(packages.glob("*.deb"))))


def _keep_of_kernel(root: Path, out: Path) -> None:
    """Moves the kernel away, and keeps those of its modules that are loaded, in order."""
    (kernel,) = root.glob("boot/vmlinuz-*")
    shutil.move(kernel, out / "kernel")
    (modules,) = root.glob("usr/lib/modules/*")
    (root / "modules").mkdir()
    for number, name in enumerate(MODULES):
        shutil.move(modules / f"kernel/{name}.ko", root / f"modules/{number:02}.ko")
    for folder in (root / "boot", root / "usr/lib/modules"):
        shutil.rmtree(folder)


def _relocate_scripts(root: Path) -> None:
    """Lets scripts of the linker name their libraries without a folder: it searches its own."""
    for script in root.glob("usr/aarch64-linux-gnu/lib/*.so"):
        content = script.read_bytes()
        if content.startswith(b"/* GNU ld script"):
            script.write_bytes(content.replace(b"/usr/aarch64-linux-gnu/lib/", b""))


def _compile(root: Path) -> None:
    """Compiles the standard library, as its packages would; only the same Python can."""
    if sys.version_info[:2] == _PYTHON:
        folder = root / "usr/lib/python{}.{}".format(*_PYTHON)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        # The library has a file that is no Python 3, for its tests.
        compileall.compile_dir(folder, quiet=2, stripdir=str(root), invalidation_mode=mode)


def main(arguments: list[str]) -> int:
    """Unpacks; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, help="folder of the packages")
    parser.add_argument("--out", type=Path, required=True, help="folder to unpack to, new")
    parser.add_argument("--guest", type=Path, help="folder that gets the archive and the kernel")
    options = parser.parse_args(arguments)
    unpack(options.packages, options.out)
    _relocate_scripts(options.out)
    if options.guest:
        _keep_of_kernel(options.out, options.guest)
        _compile(options.out)
        with (options.guest / "root.cpio").open("wb") as stream:
            archive = Archive(stream)
            for entry in entries(options.out):
                archive.add(*entry)
            archive.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
