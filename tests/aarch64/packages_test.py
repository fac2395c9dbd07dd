"""The table of packages, and what pins it."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from apt import Package
from packages import TABLE, PackageSet, read_table
from pin import pinned

_JEMALLOC = Path(__file__).parents[1] / "benchmarks/native/jemalloc.json"


@pytest.mark.parametrize(
    ("source", "sets"),
    [(TABLE, {"guest", "host"}), (_JEMALLOC, {"linux_aarch64", "linux_x86_64"})],
)
def test_every_row_is_a_file_of_its_architecture_with_a_hash(source: Path, sets: set[str]) -> None:
    table = read_table(source)
    assert table.sets.keys() == sets
    for one in table.sets.values():
        for file, sha256 in one.packages.items():
            assert re.fullmatch("[0-9a-f]{64}", sha256), file
            assert file.removesuffix(".deb").rpartition("_")[2] in (one.architecture, "all")
        names = {file.partition("_")[0] for file in one.packages}
        assert names >= {*one.install, *one.alone}
        assert not [name for name in names for out in one.left_out if fnmatch(name, out)]


def test_the_table_is_written_as_it_is_read(tmp_path: Path) -> None:
    copy = tmp_path / "packages.json"
    copy.write_text(read_table().text())
    assert read_table(copy) == read_table()


class Archive:
    """Stands for apt: what it lists, not how."""

    def closure(self, names: list[str]) -> list[Package]:
        return [Package(f"{name}_1_arm64.deb", 1, "a" * 64) for name in (*names, "udev", "b")]

    def described(self, names: list[str]) -> list[Package]:
        return [Package(f"{name}_2_arm64.deb", 1, "b" * 64) for name in names]


@pytest.mark.parametrize("alone", [(), ("kernel",)])
def test_what_is_pinned(alone: tuple[str, ...]) -> None:
    one = PackageSet("arm64", ("z",), alone, ("ude*",), {"old_1_arm64.deb": "c" * 64})
    found = pinned(one, Archive())  # type: ignore[arg-type]
    expected = {"b_1_arm64.deb": "a" * 64, "z_1_arm64.deb": "a" * 64}
    expected |= {"kernel_2_arm64.deb": "b" * 64} if alone else {}
    assert found.packages == expected
    assert list(found.packages) == sorted(expected)
