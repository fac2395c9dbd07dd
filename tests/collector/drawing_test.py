"""What a process that draws a report leaves."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.collector.pages.drawing import Drawing, Part, Side, draw, read_verdict
from tests.collector.uploads import tar_gz
from tests.contract.steps import killed_at_each_step


def test_a_report_that_is_there_has_a_verdict(tmp_path: Path) -> None:
    """Else it would be missing for good: what is there is not drawn again."""
    report = tmp_path / "report.html"
    side = Side("0" * 40, 0, [])

    def prepare() -> None:
        for file in tmp_path.iterdir():
            file.unlink()

    def work(_: object) -> None:
        draw(Drawing("acme/widgets", side, None, "", [], str(tmp_path), str(report)))

    def check(_: object) -> None:
        assert read_verdict(report) or not report.exists()

    assert killed_at_each_step(prepare, work, check) >= 4


def test_history_without_a_run_whose_archive_is_cut(tmp_path: Path) -> None:
    """As a disk may leave it: what was received was whole."""
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(tar_gz({"1.out": bytes(range(256)) * 40})[:-60])
    report = tmp_path / "report.html"
    now = Side("0" * 40, 1, [])
    before = Side("1" * 40, 0, [Part(str(cut), "valgrind")])
    draw(Drawing("acme/widgets", now, None, "", [before], str(tmp_path), str(report)))
    assert read_verdict(report)
