"""Files that git-lfs keeps: what a checkout may hold instead of them is a pointer.

Format of a pointer: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.compare.cache import note
from rules_codspeed.compare.store import Store
from rules_codspeed.contract.errors import CodSpeedError

_START = b"version https://git-lfs.github.com/spec/v1\n"
_LARGEST = 1024  # bytes of a pointer


def fill_pointers(store: Store, commit: str, worktree: Path) -> None:
    """Replaces the pointers in a worktree by the files, as far as they can be had.

    Args:
      store: what it was checked out from.
      commit: that is checked out.
      worktree: its folder.

    Raises:
      CodSpeedError: a file cannot be had that is in the source tree, so that the two builds would
        not see the same.
    """
    checkout = Store(worktree, store.variables)
    if not _pointers(checkout):
        return
    pulled = checkout.run("lfs", "pull")
    left = _pointers(checkout)
    if not left:
        return
    more = f" and {len(left) - 1:,} more" if len(left) > 1 else ""
    if not (store.has_tree and any(_is_file(store.folder / name) for name in left)):
        note(f"{left[0]}{more} of {commit[:10]} are pointers of git-lfs, not the files themselves")
        return
    has_lfs = checkout.ask("lfs", "version") is not None
    fetch = f"{store.command} lfs fetch origin {commit}"
    raise CodSpeedError(
        f"{commit[:10]} lacks files that git-lfs keeps",
        got=f"pointers instead of {left[0]}{more}, but the files in {store.folder}",
        expected="the files in both",
        fix=fetch if has_lfs else f"install git-lfs, and {fetch}",
        below=[f"  git-lfs: {line}" for line in pulled.stderr.splitlines()[-3:] if has_lfs],
    )


def _pointers(checkout: Store) -> list[str]:
    listed = checkout.ask("ls-files", "-z", ":(attr:filter=lfs)") or ""
    names = list(filter(None, listed.split("\0")))
    return [name for name in names if _is_pointer(checkout.folder / name)]


def _is_pointer(path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
        return False
    return path.read_bytes().startswith(_START)


def _is_file(path: Path) -> bool:
    return path.is_file() and not _is_pointer(path)
