"""The folder that keeps what comparing needs: of this user alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from rules_codspeed.compare.cache import cache_folder
from rules_codspeed.contract.errors import CodSpeedError
from tests.contract.owners import give_away


def _mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def _cache(folder: Path) -> Path:
    return cache_folder(Path("/some/mono"), {"XDG_CACHE_HOME": str(folder)})


def test_nobody_else_may_read_or_write(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = _cache(tmp_path / "new/cache")
    finally:
        os.umask(before)
    assert folder.name.startswith("mono-")
    assert _mode(folder) == 0o700
    assert not _mode(folder.parent) & 0o022
    assert not _mode(folder.parents[1]) & 0o022
    # A folder that an earlier version made.
    folder.chmod(0o775)
    folder.parent.chmod(0o777)
    assert _cache(tmp_path / "new/cache") == folder
    assert (_mode(folder), _mode(folder.parent)) == (0o700, 0o755)


@pytest.mark.parametrize("parent", [0, 1, 2])
def test_a_folder_of_another_user_is_not_built_in(tmp_path: Path, parent: int) -> None:
    folder = _cache(tmp_path)
    theirs = [folder, *folder.parents][parent]
    give_away(theirs)
    with pytest.raises(
        CodSpeedError, match=rf"^{theirs} belongs to another user.* Got: user id 12"
    ):
        _cache(tmp_path)


def test_a_link_of_another_user_is_not_followed(tmp_path: Path) -> None:
    folder = _cache(tmp_path)
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert _cache(tmp_path) == folder
    try:
        os.lchown(folder, 12345, 12345)
    except OSError as error:
        pytest.skip(f"needs root, to give links away: {error.strerror}")
    with pytest.raises(CodSpeedError, match="Fix: set XDG_CACHE_HOME to a folder of your own"):
        _cache(tmp_path)


def test_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "rules_codspeed").write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        _cache(tmp_path)


def test_other_repositories_have_other_folders(tmp_path: Path) -> None:
    variables = {"XDG_CACHE_HOME": str(tmp_path)}
    first, second = (cache_folder(Path(name), variables) for name in ("/a/mono", "/b/mono"))
    assert first != second
