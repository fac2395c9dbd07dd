"""What a process that draws a report leaves."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.collector.pages.drawing import Drawing, Part, Side, draw, read_verdict
from rules_codspeed.collector.pages.numbers import numbers_of
from tests.collector.uploads import profile, tar_gz
from tests.contract.steps import killed_at_each_step
from tests.report.html.unpacked import blocks


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


def test_numbers_are_kept_and_read_again_where_they_are_damaged(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(tar_gz({"1.out": profile({"b/x.cc::f": 7, "b/x.cc::g": 8})}))
    read = list(numbers_of(archive, "simulation", tmp_path).rows())
    assert [(uri, metrics["Ir"], metrics["Dr"]) for uri, metrics in read] == [
        ("b/x.cc::f", 7, 9),
        ("b/x.cc::g", 8, 9),
    ]
    packed = archive.read_bytes()
    archive.unlink()
    kept = numbers_of(archive, "simulation", tmp_path)
    assert list(kept.rows()) == read
    assert list(kept.rows({"Ir", "none"})) == [("b/x.cc::f", {"Ir": 7}), ("b/x.cc::g", {"Ir": 8})]
    archive.write_bytes(packed)
    (tmp_path / "a.tar.gz.json").write_text('[["b/x.cc::f", {"Ir": 1}]]')
    assert list(numbers_of(archive, "simulation", tmp_path).rows()) == read


def test_of_many_benchmarks_those_that_changed_have_graphs(tmp_path: Path) -> None:
    sides = []
    for number in range(2):
        archive = tmp_path / f"{number}.tar.gz"
        costs = {f"b/x.cc::f[{at}]": 100_000 + at for at in range(1001)}
        costs["b/x.cc::f[7]"] += 50_000 * number
        archive.write_bytes(tar_gz({"1.out": profile(costs)}))
        sides.append(Side(f"{number}" * 40, number, [Part(str(archive), "valgrind")]))
    report = tmp_path / "report.html"
    draw(Drawing("acme/widgets", sides[1], sides[0], "b", sides[:1], str(tmp_path), str(report)))
    (mode,) = blocks(report.read_text())["overview"]["modes"]
    graphs = {row["uri"]: row["graph"] for row in mode["rows"]}
    assert graphs.pop("b/x.cc::f[7]") == "here"
    assert {*graphs.values()} == {"left out"}
    assert all(row["spark"] for row in mode["rows"])
