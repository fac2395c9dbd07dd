"""A file is complete or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.atomic import new_file


def test_has_no_name_until_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with new_file(path) as file:
        file.write(b"content")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def write_half() -> None:
        with new_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions(tmp_path: Path) -> None:
    def written(name: str, private: bool) -> int:
        with new_file(tmp_path / name, private=private) as file:
            file.write(b"content")
        return (tmp_path / name).stat().st_mode & 0o777

    (tmp_path / "usual").write_text("")
    usual = (tmp_path / "usual").stat().st_mode & 0o777
    assert written("mine", private=True) == 0o600
    assert written("new", private=False) == usual
    (tmp_path / "closed").write_text("")
    (tmp_path / "closed").chmod(0o640)
    assert written("closed", private=False) == 0o640
