"""The Starlark twin of tools/archives.json is current, and no row lacks its hash."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_twin_is_current() -> None:
    run = subprocess.run(
        [sys.executable, "tools/generate_tables.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_a_stale_twin_is_told_with_the_command(tmp_path: Path) -> None:
    stale = tmp_path / "archives.bzl"
    stale.write_text("ARCHIVES = []\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "tools/generate_tables.py", "--check", f"--output={stale}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "python3 tools/generate_tables.py" in run.stderr
    assert stale.read_text(encoding="utf-8") == "ARCHIVES = []\n"


def test_every_row_has_a_hash_and_a_file() -> None:
    rows = json.loads((ROOT / "tools/archives.json").read_text(encoding="utf-8"))["archives"]
    assert rows
    for row in rows:
        assert re.fullmatch("[0-9a-f]{64}", row["sha256"]), row
        assert row["provenance"], row
        for url in row["urls"]:
            assert url.startswith("https://"), row
            assert url.endswith("/" + row["file"]), row
    assert len({row["sha256"] for row in rows}) == len(rows)
