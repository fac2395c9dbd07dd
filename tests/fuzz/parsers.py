"""Every parser of outside data: what it reads, and the errors by which it refuses the rest.

Each reads bytes; those of files get a folder to write them to. Anything else that one raises, and
anything that takes long, is a defect. `fuzz_test.py` and `tools/fuzz.py` run them.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from rules_codspeed.capture.elf.debug_file import find_debug_file
from rules_codspeed.capture.elf.file import ElfFile
from rules_codspeed.capture.perf.attributes import sampled_event
from rules_codspeed.capture.perf.order import ordered_events
from rules_codspeed.collector import simulation_results, walltime_results
from rules_codspeed.collector.archive import check_archive
from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.faults import parse_rules
from rules_codspeed.collector.metadata_parser import parse_metadata
from rules_codspeed.collector.selection import SelectionError, parse_selection
from rules_codspeed.compare.build import _files as build_events
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.perf_map import parse_perf_map
from rules_codspeed.contract.provenance import parse_provenance
from rules_codspeed.contract.spec import parse_spec
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.harvest.debug_info import read_debug_info
from rules_codspeed.harvest.elf.symbols import read_symbols, symbols_map
from rules_codspeed.harvest.elf.unwind import read_unwind
from rules_codspeed.harvest.jit.jit_dump import read_jit_dump
from rules_codspeed.harvest.raw_run import read_raw_run
from rules_codspeed.harvest.samples.profile_metadata import read_metadata
from rules_codspeed.harvest.samples.samples import read_samples
from rules_codspeed.history.database import opened
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.repeatability import unrepeatable
from rules_codspeed.history.rows import unpacked
from rules_codspeed.history.store import read_run, runs
from rules_codspeed.importing.found import ResultsFile
from rules_codspeed.importing.main import import_results
from rules_codspeed.importing.registry import FORMATS
from rules_codspeed.judge.baseline import baseline_text
from rules_codspeed.judge.baseline_reader import parse_baseline
from rules_codspeed.judge.config import read_config
from rules_codspeed.measure.fifo.frames import Decoder
from rules_codspeed.measure.instruments.postgres import wire
from rules_codspeed.measure.instruments.postgres.dsn import DsnError, parse_dsn
from rules_codspeed.measure.instruments.postgres.scram import Scram
from rules_codspeed.measure.simulation.normalise import ForeignProfileError, normalise_callgrind
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.objects.elf import read_elf
from rules_codspeed.measure.stage.objects.object_file import read_loader, read_object_file
from rules_codspeed.measure.walltime.exec_harness.program import read_benchmarks
from rules_codspeed.measure.walltime.rounds.raw_results import merge_go, merge_rust
from rules_codspeed.measure.walltime.rounds.rounds import take_rounds
from rules_codspeed.measure.walltime.rounds.validate import read_results
from rules_codspeed.profiles.reader import read_profiles
from rules_codspeed.publish.auth.user_config import load_profile
from rules_codspeed.publish.bundle import timestamps, valgrind_log
from rules_codspeed.publish.bundle.bundle import read_bundle
from rules_codspeed.publish.bundle.prefix_walltime import rewriter
from rules_codspeed.publish.ci.git_remote import parse_repository_remote
from rules_codspeed.publish.ci.github_event import read_event
from rules_codspeed.publish.compact_json import dumps, loads
from rules_codspeed.publish.project_config import read_project_config
from rules_codspeed.publish.service.answer_json import AnswerError, parse_answer
from rules_codspeed.publish.service.display import results_text
from rules_codspeed.publish.service.local_run import LocalRun
from rules_codspeed.results.callgrind.reader import CallgrindError, read_parts
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.graphs.graph_body import read_graphs
from rules_codspeed.results.graphs.graph_tree import graph_tree
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.memtrack.artifact import read_events
from rules_codspeed.results.memtrack.fold import fold_benchmarks
from rules_codspeed.results.readers.walltime import summarize_walltime
from rules_codspeed.results.readers.walltime_document import parse_walltime
from rules_codspeed.results.schema import parse_results
from rules_codspeed.results.tracegrind.fold import fold as fold_trace
from rules_codspeed.results.tracegrind.rows import Trace
from tools.archives.checksum_file import stated_sha256
from tools.archives.contents import Contents, ContentsError, UnknownCompressionError
from tools.archives.errors import ArchivesError
from tools.archives.installer import archive_sha256
from tools.archives.table import parse_table


@dataclass(frozen=True, slots=True)
class Parser:
    """One parser.

    Attributes:
      read: reads bytes; a folder of its own is for files.
      errors: by which it refuses what it does not take.
      corpus: folder of its inputs, if it is not that of its own name.
    """

    read: Callable[[bytes, Path], object]
    errors: tuple[type[Exception], ...] = (CodSpeedError,)
    corpus: str = ""

    def takes(self, content: bytes, folder: Path) -> bool:
        """Returns whether it read something, or refused it; raises what it must not raise."""
        try:
            self.read(content, folder)
        except self.errors as error:
            text = str(error)
            assert text, "an error without a text"
            assert max(map(len, text.split("\n"))) < 3000, f"an error of {len(text)} characters"
            return False
        return True


def _drained(items: Iterable[object]) -> None:
    deque(items, maxlen=0)


def _of_stream(read: Callable[[BinaryIO, str], Iterable[object]]) -> Callable[..., None]:
    return lambda content, _: _drained(read(io.BytesIO(content), "x"))


def _of_file(read: Callable[[Path], object], name: str = "x") -> Callable[[bytes, Path], object]:
    """Returns a reader of bytes that puts them into a file, whose path it passes on."""

    def of_file(content: bytes, folder: Path) -> object:
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        return read(file)

    return of_file


def _of_left(read: Callable[[UntrustedFolder], object], name: str) -> Callable[..., object]:
    """Returns a reader of bytes that a measured program left under a name."""

    def of_folder(folder: Path) -> object:
        with UntrustedFolder(str(folder)) as left:
            return read(left)

    def of_left(content: bytes, folder: Path) -> object:
        shutil.rmtree(folder)
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(content)
        return of_folder(folder)

    return of_left


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _results(content: bytes, _: Path) -> None:
    """Reads results, and does what becomes of them."""
    results = parse_results(content)
    before = recorded(results)
    for change in compare(before, before, lambda label, mode: default_rules("simulation")):
        assert change.verdict
    results.to_json()


def _baseline(content: bytes, _: Path) -> None:
    baseline = parse_baseline(content)
    assert parse_baseline(baseline_text(baseline).encode()) == baseline


def _row(content: bytes, _: Path) -> None:
    unpacked(("{}", "", zlib.compress(content)))


def _history(file: Path) -> None:
    """Reads all of a history; what is damaged is put aside."""
    for left in file.parent.glob("x.*"):
        left.unlink()
    with opened(file, lambda text: None) as connection:
        for run in runs(connection):
            read_run(connection, run.id)
        unrepeatable(connection)


def _times(content: bytes, _: Path) -> None:
    document = parse_walltime(content)
    summarize_walltime(document, parse_provenance(_WALLTIME_PROVENANCE))


def _display(content: bytes, _: Path) -> None:
    results_text(parse_answer(LocalRun, content).results, styled=False)


def _compact(content: bytes, _: Path) -> None:
    loads(dumps(loads(_text(content)), signed_exponents=False))


def _elf(content: bytes, folder: Path) -> None:
    """Asks for all that is asked of an object file."""
    with ElfFile(content, "x") as elf:
        find_debug_file(elf, "/nowhere/x", [folder])
        symbols = read_symbols(elf)
        assert all(one.addr <= after.addr for one, after in pairwise(symbols))
        _drained(symbols_map(symbols))
        read_debug_info(elf, symbols, [])
        read_unwind(elf, header_optional=True)


def _executable(file: Path) -> None:
    read_elf(str(file))
    read_object_file(str(file), "libc.so.6")
    read_loader(str(file))


def _graphs(content: bytes, _: Path) -> None:
    for _part, graph in read_graphs(io.BytesIO(content), "x"):
        graph_tree(graph)


def _imported(kind: str) -> Parser:
    def read(file: Path) -> None:
        # Of criterion's folder it is the file with the samples.
        files = [ResultsFile(file, "a/new/sample.json")]
        if kind == "criterion":
            stated = file.with_name("benchmark.json")
            stated.write_text('{"full_id": "a"}', encoding="utf-8")
            files.append(ResultsFile(stated, "a/new/benchmark.json"))
        parse_results(import_results("//x", kind, files, "1").to_json().encode())

    return Parser(_of_file(read))


def _normalised(content: bytes, _: Path) -> None:
    written = io.BytesIO()
    normalise_callgrind(io.BytesIO(content), written, Names({}), 1)


def _memtrack(content: bytes, _: Path) -> None:
    window = [("SampleStart", 0), ("SampleEnd", 1 << 62)]
    fold_benchmarks(read_events(io.BytesIO(content)), [(1 << 63, "x")], window)


def _frames(content: bytes, _: Path) -> None:
    decoder = Decoder()
    for start in range(0, len(content), 7):
        decoder.feed(content[start : start + 7], after_silence=start % 3 == 0)


def _postgres_messages(content: bytes, _: Path) -> None:
    for message in wire.Decoder().feed(content):
        read = {b"D": wire.row, b"E": wire.fault}.get(message.kind, Scram("x", "nonce").final)
        read(message.content)


def _archive(compressed: bool) -> Callable[[bytes, Path], object]:
    """Returns what checks an archive as the collector does, and then reads its results."""

    def check(file: Path) -> None:
        check_archive(file, compressed)
        for read in (simulation_results.read_results, walltime_results.read_results):
            try:
                read(file)
            except (CallgrindError, DocumentError, tarfile.TarError):
                continue

    return _of_file(check)


def _prefixed(name: str) -> Callable[[bytes, Path], object]:
    rewrite = rewriter(name, "//a:b")
    assert rewrite
    return lambda content, _: rewrite(content, "sub/")


def _renumbered(content: bytes, _: Path) -> None:
    pieces = [content[at : at + 100] for at in range(0, len(content), 100)]
    _drained(valgrind_log.renumbered({1: 1001, 77: 1077}, pieces))


def _bundle(content: bytes, folder: Path) -> None:
    (folder / "part-0").mkdir(exist_ok=True)
    (folder / "part-0" / "archive.tar").write_bytes(b"x")
    record, _, metadata = content.partition(b"\n---\n")
    (folder / "bundle.json").write_bytes(record)
    (folder / "part-0" / "metadata.json").write_bytes(metadata)
    read_bundle(folder)


def _user_config(file: Path) -> None:
    variables = {"XDG_CONFIG_HOME": str(file.parents[1])}
    load_profile(variables, None, lambda text: None)


def _contents(kind: str) -> Callable[[bytes, Path], object]:
    return _of_file(lambda file: Contents(file, kind, "usr", "bin/x").check())


_ARCHIVES_ERRORS = (ContentsError, UnknownCompressionError)
_WALLTIME_PROVENANCE = (Path(__file__).parent / "walltime_provenance.json").read_bytes()

PARSERS: dict[str, Parser] = {
    "json": Parser(lambda content, _: load_json(content), (DocumentError,)),
    # What is compared.
    "results": Parser(_results, (DocumentError,)),
    "baseline": Parser(_baseline, (DocumentError,)),
    "regression_config": Parser(_of_file(lambda file: read_config(file, file.parent))),
    "history_row": Parser(_row, (DocumentError,)),
    "history_database": Parser(_of_file(_history, "x.sqlite"), (HistoryError,)),
    # What a CI and a person write.
    "github_event": Parser(_of_file(lambda file: read_event(file, is_pull_request=True))),
    "git_remote": Parser(lambda content, _: parse_repository_remote(_text(content))),
    "project_config": Parser(_of_file(read_project_config)),
    "user_config": Parser(_of_file(_user_config, "codspeed/config.yaml")),
    "compact_json": Parser(_compact, (ValueError,)),
    "bundle": Parser(_bundle),
    # What a server answers.
    "local_run": Parser(_display, (AnswerError,)),
    # What the collector gets.
    "metadata": Parser(lambda content, _: parse_metadata(content), (Refusal,)),
    "selection": Parser(lambda content, _: parse_selection(_text(content)), (SelectionError,)),
    "fault_rules": Parser(lambda content, _: parse_rules(content), (ValueError,)),
    "memtrack": Parser(_memtrack, (ValueError,)),
    "archive_tar": Parser(_archive(compressed=False), (Refusal,)),
    "archive_tar_gz": Parser(_archive(compressed=True), (Refusal,)),
    "tracegrind": Parser(lambda content, _: fold_trace(Trace(io.BytesIO(content))), (ValueError,)),
    "profile": Parser(_of_file(lambda file: read_profiles([file], functions=True).to_json())),
    # What drivers hand on.
    "spec": Parser(lambda content, _: parse_spec(_text(content), "x")),
    "provenance": Parser(lambda content, _: parse_provenance(content), (DocumentError,)),
    "times": Parser(_times, (DocumentError, CodSpeedError)),
    "raw_run": Parser(_of_file(lambda file: read_raw_run(file.parent), "run.json")),
    "profile_metadata": Parser(
        _of_file(lambda file: read_metadata(file.parent), "walltime.metadata")
    ),
    "build_events": Parser(_of_file(build_events)),
    # What a measured program leaves.
    "walltime_results": Parser(_of_left(read_results, "results/1.json")),
    "walltime_rust": Parser(
        _of_left(
            lambda left: merge_rust(left, left, "1", 1),
            "target/codspeed/walltime/raw_results/1.json",
        )
    ),
    "walltime_go": Parser(_of_left(lambda left: merge_go(left, "1"), "raw_results/1.json")),
    "rounds": Parser(_of_left(take_rounds, "rounds-1.json")),
    "exec_harness": Parser(_of_file(lambda file: read_benchmarks(str(file)))),
    # What a database sends, and where it is.
    "postgres_messages": Parser(_postgres_messages, (wire.WireError,)),
    "postgres_dsn": Parser(lambda content, _: parse_dsn(_text(content)), (DsnError,)),
    "fifo_frames": Parser(_frames, ()),
    "callgrind": Parser(_of_stream(read_parts), (CallgrindError,)),
    "callgrind_graphs": Parser(_graphs, (CallgrindError,), "callgrind"),
    "callgrind_normalised": Parser(_normalised, (ForeignProfileError,), "callgrind"),
    "valgrind_log": Parser(_renumbered, ()),
    "perf_events": Parser(_of_stream(ordered_events), corpus="perf"),
    "perf_samples": Parser(_of_stream(read_samples), corpus="perf"),
    "perf_attributes": Parser(
        lambda content, _: sampled_event(io.BytesIO(content), "x"), corpus="perf"
    ),
    "perf_map": Parser(lambda content, _: parse_perf_map(content), ()),
    "jit_dump": Parser(_of_file(lambda file: read_jit_dump(file, "x"))),
    "elf": Parser(_elf),
    "executable": Parser(_of_file(_executable), ()),
    # What other tools measured.
    **{f"import_{kind}": _imported(kind) for kind in FORMATS},
    # What is uploaded.
    "timestamps": Parser(lambda content, _: timestamps.parse(content), (ValueError,)),
    "prefixed_metadata": Parser(_prefixed("perf.metadata"), corpus="profile_metadata"),
    "prefixed_results": Parser(_prefixed("results/1.json"), corpus="walltime_results"),
    # What is fetched.
    "contents_tar_gz": Parser(_contents("tar.gz"), _ARCHIVES_ERRORS),
    "contents_tar_xz": Parser(_contents("tar.xz"), _ARCHIVES_ERRORS),
    "contents_tar_zst": Parser(_contents("tar.zst"), _ARCHIVES_ERRORS),
    "contents_deb": Parser(_contents("deb"), _ARCHIVES_ERRORS),
    "checksum_file": Parser(
        lambda content, _: stated_sha256(_text(content), "x.tar.gz"), (ArchivesError,)
    ),
    "installer": Parser(
        lambda content, _: archive_sha256(_text(content), "x.tar.gz"), (ArchivesError,)
    ),
    "archives_table": Parser(lambda content, _: parse_table(content, "x"), (ArchivesError,)),
}
"""By name."""


def corpus(name: str) -> list[bytes]:
    """Returns the inputs of a parser, at least one of which it takes."""
    folder = Path(__file__).parent / "corpus" / (PARSERS[name].corpus or name)
    return [file.read_bytes() for file in sorted(folder.iterdir())]
