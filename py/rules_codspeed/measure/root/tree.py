"""The tree of a root: what its layers put below the folders that belong to a distribution.

Programs of all distributions find them under the names of a merged /usr: what a package has in /lib
is put into /usr/lib, and /lib is a link to it.
"""

from __future__ import annotations

import posixpath
import tarfile
from typing import NamedTuple

from rules_codspeed.contract.root import AREAS, MERGED

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_MOST_LINKS = 40
_LOADERS = ("ld-linux-", "ld-musl-", "ld.so")


class Entry(NamedTuple):
    """A folder (neither link nor content), a link or a file."""

    link: str = ""
    content: bytes | None = None
    mode: int = 0o755


class Tree:
    """The entries of a root by path, without a slash in front."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def add_layer(self, layer: tarfile.TarFile, keeps_folders: bool = False) -> None:
        """Puts the entries of a layer over those of the ones before.

        Args:
          layer: an archive.
          keeps_folders: whether a folder stays where the layer has a link, as dpkg leaves it.

        Raises:
          ValueError: an entry leaves the root, or is neither folder, file nor link.
        """
        added: set[str] = set()
        for member in layer:
            path = _inside(member.name)
            if path.split("/")[0] in AREAS:
                if keeps_folders and member.issym() and self._is_folder(path):
                    continue
                self._add(layer, member, path, added)

    def _add(
        self, layer: tarfile.TarFile, member: tarfile.TarInfo, path: str, added: set[str]
    ) -> None:
        folder, name = posixpath.split(path)
        if name == _OPAQUE:
            self._remove_below(self._real(_merged(folder)), added)
        elif name.startswith(_WHITEOUT):
            gone = posixpath.join(self._real(_merged(folder)), name.removeprefix(_WHITEOUT))
            if gone not in added:
                self.entries.pop(gone, None)
            self._remove_below(gone, added)
        elif path not in MERGED:
            target = posixpath.join(self._real(_merged(folder)), name)
            self._put(target, _entry(layer, member, path, self))
            added.add(target)
        elif member.issym() and _merged(path) not in self.entries:
            # As /lib64, which leads to /lib in some images.
            self._put(_merged(path), _entry(layer, member, path, self))

    def _is_folder(self, path: str) -> bool:
        folder, name = posixpath.split(_merged(path))
        place = posixpath.join(self._real(folder), name)
        return any(other.startswith(f"{place}/") for other in self.entries)

    def _put(self, path: str, entry: Entry) -> None:
        if entry.link and self._leads_to(path, entry.link) == path:
            return  # from one name to the other of what a merged /usr has once
        is_folder = not entry.link and entry.content is None
        # A package has a folder where another one has a link to it.
        if is_folder and self.entries.get(path, Entry(content=b"")).content is None:
            self.entries.setdefault(path, entry)
            return
        self._make_parents(path)
        if path in self.entries and self.entries[path] == Entry():
            self._remove_below(path, set())
        self.entries[path] = entry

    def _make_parents(self, path: str) -> None:
        while path := posixpath.dirname(path):
            if self.entries.get(path, Entry(content=b"")).content is not None:
                self.entries[path] = Entry()

    def _leads_to(self, path: str, link: str) -> str:
        target = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), link))
        return _merged(target.lstrip("/"))

    def _remove_below(self, folder: str, kept: set[str]) -> None:
        for path in [path for path in self.entries if path.startswith(f"{folder}/")]:
            if path not in kept:
                del self.entries[path]

    def _real(self, path: str) -> str:
        """Returns the path of a folder without links in it.

        Raises:
          ValueError: it leads in a circle.
        """
        done, links = "", 0
        rest = path.split("/")[::-1]
        while rest:
            at = posixpath.join(done, rest.pop())
            link = self.entries.get(at, Entry()).link
            if not link:
                done = at
                continue
            links += 1
            if links > _MOST_LINKS:
                raise ValueError(f"the folder {path}, whose links lead in a circle")
            done = ""
            rest += self._leads_to(at, link).split("/")[::-1]
        return done

    def content(self, path: str) -> bytes | None:
        """Returns the content of a file, also behind links; None if there is none."""
        try:
            real = self._real(_merged(path.lstrip("/")))
        except ValueError:
            return None
        return self.entries.get(real, Entry()).content

    def has_loader(self) -> bool:
        """Whether there is a dynamic loader where programs name it."""
        return any(
            posixpath.basename(path).startswith(_LOADERS) and self.content(path) is not None
            for path in self.entries
            if posixpath.dirname(path) in ("usr/lib", "usr/lib64")
        )

    def complete(self) -> dict[str, Entry]:
        """Returns all entries, sorted, with the links of a merged /usr."""
        for path in list(self.entries):
            self._make_parents(path)
        for name in MERGED:
            if f"usr/{name}" in self.entries:
                self.entries[name] = Entry(link=f"usr/{name}")
        return dict(sorted(self.entries.items()))


def _inside(name: str) -> str:
    """Returns the path of an entry, plain."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError(f"the entry {name}, which leaves the root")
    return "/".join(parts)


def _merged(path: str) -> str:
    return f"usr/{path}" if path.split("/")[0] in MERGED else path


def _entry(layer: tarfile.TarFile, member: tarfile.TarInfo, path: str, tree: Tree) -> Entry:
    if member.isdir():
        return Entry()
    if member.issym():
        return Entry(link=_link(path, member.linkname))
    mode = 0o755 if member.mode & 0o111 else 0o644
    if member.islnk():
        content = tree.content(_inside(member.linkname))
        if content is None:
            raise ValueError(f"{path}, a hard link to {member.linkname}, which is not there")
        return Entry(content=content, mode=mode)
    file = layer.extractfile(member)
    if not file:
        raise ValueError(f"{path}, a device or a pipe")
    with file:
        return Entry(content=file.read(), mode=mode)


def _link(path: str, target: str) -> str:
    """Returns where a link leads, also from its place in a merged /usr."""
    if target.startswith("/") or path == _merged(path):
        return target
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(path), target))
