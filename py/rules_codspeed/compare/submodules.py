"""The submodules of a commit, and where on this machine they are checked out from.

Format: gitmodules(5). A submodule's git directory is `modules/<name>` in that of the worktree
above it, or `.git` in its own folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rules_codspeed.compare.store import Store
from rules_codspeed.contract.errors import CodSpeedError

_PATHS = r"^submodule\..*\.path$"
_COMMIT = "160000"


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule as a commit names it.

    Attributes:
      name: in `.gitmodules`.
      path: its folder, relative to the root.
      commit: that is checked out there.
    """

    name: str
    path: str
    commit: str


def submodules(store: Store, commit: str) -> list[Submodule]:
    """Returns the submodules of a commit, without those in them."""
    listed = store.ask("config", "-z", f"--blob={commit}:.gitmodules", "--get-regexp", _PATHS)
    names: dict[str, str] = {}
    for entry in filter(None, (listed or "").split("\0")):
        key, _, path = entry.partition("\n")
        names[path.rstrip("/")] = key.removeprefix("submodule.").removesuffix(".path")
    if not names:
        return []
    tree = store.ask("--literal-pathspecs", "ls-tree", "-z", commit, "--", *names)
    found = []
    for entry in filter(None, (tree or "").split("\0")):
        facts, _, path = entry.partition("\t")
        mode, _, hash_ = facts.split(" ")
        if mode == _COMMIT and path in names:
            found.append(Submodule(names[path], path, hash_))
    return found


def source_of(store: Store, submodule: Submodule) -> Store | None:
    """Returns the repository that a submodule's commit is in; None if it has none here.

    Raises:
      CodSpeedError: it has one, without the commit.
    """
    found = list(_candidates(store, submodule))
    if not found:
        return None
    source = next((one for one in found if one.holds(submodule.commit)), None)
    if source is None:
        (first, *_) = found
        raise CodSpeedError(
            f"the submodule {submodule.path} cannot be checked out",
            got=f"no commit {submodule.commit[:10]} in {first.folder}",
            expected="the commits of submodules on this machine",
            fix=f"{first.command} fetch origin {submodule.commit}",
        )
    return source


def _candidates(store: Store, submodule: Submodule) -> Iterator[Store]:
    folder = store.folder / submodule.path
    if store.has_tree and (folder / ".git").exists() and _is_part(folder, store.folder):
        yield Store(folder, store.variables)
    if not _is_below(submodule.name):
        return
    for git_folder in dict.fromkeys((store.git_folder, store.common)):
        module = git_folder / "modules" / submodule.name
        if (module / "HEAD").exists():
            yield Store(module, store.variables, has_tree=False)


def _is_part(folder: Path, root: Path) -> bool:
    """Returns whether a folder is one of a source tree: no link, and of the same user."""
    return folder.resolve() == folder and folder.stat().st_uid == root.stat().st_uid


def _is_below(name: str) -> bool:
    """Returns whether a name leads to no folder but one below, as git demands it."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path != PurePosixPath(".")
