"""What a process that draws a report leaves."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.collector.pages.drawing import Drawing, Side, draw, read_verdict
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
