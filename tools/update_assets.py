"""Takes the JavaScript libraries of the report from npm packages into third_party.

To take another version, change it in third_party/assets.lock.json and run this; a package
that comes with other bytes than the lock states is refused, unless its version was changed.
npm is asked by its own client, with the machine's settings.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.archives.contents import Contents, ContentsError, UnknownCompressionError  # noqa: E402

LOCK = "third_party/assets.lock.json"
COMMAND = "python3 tools/update_assets.py"

_LARGEST = 4_000_000  # bytes of one file


class AssetError(Exception):
    """A package cannot be taken; the message states what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the lock.

    Attributes:
      name: npm's name for it, and of its folder in third_party.
      version: exact.
      licence: its SPDX identifier.
      integrity: of the package, `sha512-` and its digest in base64; empty of a new version.
      files: SHA-256 by path in the package.
    """

    name: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]

    def path(self, file: str) -> str:
        """Returns where a file of the package is in the repository."""
        return f"third_party/{self.name}/{file.rpartition('/')[2]}"


def read_lock(text: str) -> list[Package]:
    """Reads the lock.

    Raises:
      AssetError: it is not a lock.
    """
    try:
        packages: dict[str, Any] = json.loads(text)["packages"]
        return [Package(name=name, **package) for name, package in packages.items()]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise AssetError(
            f"{LOCK} is not a lock. Got: {error!r}. Expected: packages with version, licence, "
            "integrity and files. Fix: restore it."
        ) from error


def lock_text(packages: list[Package]) -> str:
    """Returns the lock as a file."""
    document = {
        one.name: {
            "version": one.version,
            "licence": one.licence,
            "integrity": one.integrity,
            "files": dict(sorted(one.files.items())),
        }
        for one in sorted(packages, key=lambda one: one.name)
    }
    return json.dumps({"packages": document}, indent=2) + "\n"


def fetch(package: Package, folder: Path) -> bytes:
    """Returns the package as npm has it.

    Raises:
      AssetError: npm is missing or does not have it.
    """
    exact = f"{package.name}@{package.version}"
    command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        subprocess.run([*command, exact], check=True, capture_output=True, text=True, cwd=folder)
    except FileNotFoundError:
        raise AssetError("npm is not installed. Fix: apt-get install npm") from None
    except subprocess.CalledProcessError as error:
        raise AssetError(
            f"npm does not give {exact}. Got: {error.stderr.strip()[-500:]}. Fix: check the "
            "version and npm's registry settings."
        ) from error
    file = next(folder.glob("*.tgz"), None)
    return file.read_bytes() if file else b""


def integrity(package: bytes) -> str:
    """Returns what npm calls the integrity of a package."""
    return f"sha512-{base64.b64encode(hashlib.sha512(package).digest()).decode()}"


def extract(archive: Path, package: Package) -> dict[str, bytes]:
    """Returns the named files of a package, and nothing else.

    Raises:
      AssetError: the package must not be unpacked, or a file is missing, no plain file, too large,
        or would end a script element.
    """
    found = {}
    try:
        Contents(archive, "tar.gz", "package", "").check()
    except (ContentsError, UnknownCompressionError) as error:
        raise AssetError(
            f"{package.name} {package.version} is not a package. Got: {error}. Fix: check npm's "
            "registry settings"
        ) from error
    with tarfile.open(archive, "r:gz") as tar:
        for file in package.files:
            try:
                member = tar.getmember(f"package/{file}")
            except KeyError:
                raise AssetError(
                    f"{package.name} {package.version} has no {file}. Fix: name its files in {LOCK}"
                ) from None
            content = tar.extractfile(member) if member.isfile() else None
            if content is None or member.size > _LARGEST:
                raise AssetError(
                    f"{package.name}: {file} is not a plain file of at most {_LARGEST} B"
                )
            found[file] = content.read()
            lower = found[file].lower()
            if file.endswith(".js") and (b"</script" in lower or b"<!--" in lower):
                raise AssetError(f"{package.name}: {file} cannot stand in a page: it ends a script")
    return found


def update(package: Package, root: Path, known: str) -> Package:
    """Writes the files of a package; returns it as it is now.

    Args:
      package: of the lock.
      root: of the repository.
      known: version that is in the repository, or empty.

    Raises:
      AssetError: it cannot be taken, or its bytes are not those that the lock states.
    """
    with tempfile.TemporaryDirectory() as scratch:
        data = fetch(package, Path(scratch))
        made = integrity(data)
        if package.version == known and package.integrity != made:
            raise AssetError(
                f"{package.name} {package.version} was changed. Got: {made}. Expected: "
                f"{package.integrity}. Fix: find out why; a released version never changes."
            )
        archive = Path(scratch, "package.tgz")
        archive.write_bytes(data)
        files = extract(archive, package)
    digests = {}
    for file, content in files.items():
        target = root / package.path(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        digests[file] = hashlib.sha256(content).hexdigest()
    note = {"name": package.name, "version": package.version, "license": package.licence}
    (root / package.path("package.json")).write_text(json.dumps(note, indent=2) + "\n")
    return Package(package.name, package.version, package.licence, made, digests)


def check(root: Path) -> list[str]:
    """Compares the files with the lock, without a network.

    Args:
      root: of the repository.

    Returns:
      what is wrong, one sentence each; empty when all agree.
    """
    wrong = []
    for package in read_lock((root / LOCK).read_text()):
        for file, digest in package.files.items():
            path = root / package.path(file)
            if not path.is_file():
                wrong.append(f"{package.path(file)} is missing")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                wrong.append(f"{package.path(file)} is not the file of {package.name} "
                             f"{package.version}")  # fmt: skip
        if known_version(root, package) != package.version:
            wrong.append(f"third_party/{package.name} is not {package.version}")
    return wrong


def known_version(root: Path, package: Package) -> str:
    """Returns the version of a package that is in the repository; empty if there is none."""
    note = root / package.path("package.json")
    return str(json.loads(note.read_text())["version"]) if note.is_file() else ""


def main() -> int:
    """Takes the packages, or with --check compares what is there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only; needs no network")
    arguments = parser.parse_args()
    try:
        if arguments.check:
            wrong = check(ROOT)
            for sentence in wrong:
                print(f"update_assets: {sentence}. Run: {COMMAND}", file=sys.stderr)
            return 1 if wrong else 0
        packages = read_lock((ROOT / LOCK).read_text())
        taken = [update(one, ROOT, known_version(ROOT, one)) for one in packages]
    except AssetError as error:
        print(f"update_assets: {error}", file=sys.stderr)
        return 1
    (ROOT / LOCK).write_text(lock_text(taken))
    return 0


if __name__ == "__main__":
    sys.exit(main())
