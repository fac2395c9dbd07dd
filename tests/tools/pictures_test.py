"""The picture of a table shows its lines, and refers to nothing outside of itself."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools.update_pictures import PictureError, main, shortened

TABLE = """\
//:bench  simulation

Benchmark      Instructions
───────────────────────────
//a
  one<int>              111
  two                   222
  three                 333
//b
  four                  444

4 benchmarks
"""


def shown(svg: Path) -> list[str]:
    root = ElementTree.parse(svg).getroot()
    return [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_package_is_cut_and_the_number_left_out_is_stated() -> None:
    lines = shortened(TABLE, 2)
    assert lines[4:9] == ["//a", *TABLE.split("\n")[5:7], "  … 1 more", "//b"]
    assert lines[-1] == "4 benchmarks"
    assert shortened(TABLE, 3) == TABLE.rstrip("\n").split("\n")


def test_the_picture_shows_every_line(tmp_path: Path) -> None:
    table = tmp_path / "table.txt"
    table.write_text(TABLE, encoding="utf-8")
    assert main(["--table", str(table), "--out", str(tmp_path / "images")]) == 0
    svg = tmp_path / "images" / "table.svg"
    lines = [line.strip() for line in TABLE.splitlines() if line and not line.startswith("─")]
    assert shown(svg) == lines
    assert svg.read_text(encoding="utf-8").count("http") == 1, "the name space"


def test_other_text_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "table.txt"
    table.write_text("ERROR: no such target\n", encoding="utf-8")
    with pytest.raises(PictureError, match="no table"):
        shortened(table.read_text(encoding="utf-8"), 3)
    assert main(["--table", str(table), "--out", str(tmp_path)]) == 1
    assert "update_pictures: no table in the text." in capsys.readouterr().err
