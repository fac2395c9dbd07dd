"""What is uploaded: profile folders merged, prefixed and archived; metadata written."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_codspeed import BenchmarkFixture

from rules_codspeed.publish.bundle.archive import write_archive
from rules_codspeed.publish.bundle.merge import Profile, merge
from rules_codspeed.publish.bundle.prefix import prefixed_line
from rules_codspeed.publish.compact_json import dumps, loads
from tests.results.profiles import random_parts, write_profile

_MATRIX = '{"os":["ubuntu",24.04],"python":"3.12","shard":[1,2,3],"exclude":{"fast":true}}'


@pytest.fixture
def profiles(tmp_path: Path) -> list[Profile]:
    made = []
    for number in range(8):
        folder = tmp_path / f"profile{number}"
        folder.mkdir()
        (folder / "1.out").write_bytes(write_profile(random_parts(2, 20)))
        (folder / "valgrind.1.log").write_bytes(b"==1== Using source line as position.\n")
        made.append(Profile(f"//pkg:bench{number}", folder))
    return made


def test_merge_and_archive(
    benchmark: BenchmarkFixture, profiles: list[Profile], tmp_path: Path
) -> None:
    archive = benchmark(
        lambda: write_archive(merge(profiles, "log\n"), "valgrind", tmp_path / "archive")
    )
    assert archive.encoding == "gzip"


def test_prefix_lines(benchmark: BenchmarkFixture) -> None:
    lines = write_profile(random_parts(2, 50)).splitlines(keepends=True)
    assert len(benchmark(lambda: [prefixed_line(line, b"sub/") for line in lines])) == len(lines)


def test_compact_json(benchmark: BenchmarkFixture) -> None:
    assert benchmark(lambda: dumps(loads(_MATRIX), signed_exponents=True)) == _MATRIX
