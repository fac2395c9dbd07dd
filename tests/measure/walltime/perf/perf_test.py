"""Finding perf and its arguments, with scripts in place of versions of perf that are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.measure.walltime.perf.perf import (
    Perf,
    PerfMissing,
    Recording,
    arguments,
    find_perf,
    recording,
)

ZSTD = "                  zstd: [ on  ]  # HAVE_ZSTD_SUPPORT"
FIVE = "cpu-cycles OR cycles [Hardware event]\nl1d_cache\nl2d_cache\nl2d_cache_refill\ninstructions"


def write_perf(
    path: Path, version: str = "6.1.187", options: str = ZSTD, events: str = "", status: int = 0
) -> str:
    """Writes a script that answers as perf does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "#!/bin/sh\n"
        f'[ "$*" = "--version" ] && echo "perf version {version}" && exit {status}\n'
        f'[ "$*" = "version --build-options" ] && cat <<E\nperf version\n{options}\nE\n'
        f'[ "$*" = "list" ] && cat <<E\nList of events:\n{events}\nE\nexit 0\n'
    )
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("version", "options", "events", "compresses", "knows"),
    [
        ("5.10", ZSTD, "", True, False),
        ("5.10.249-1~deb11u1", ZSTD, FIVE, True, True),
        ("6.8.rc1.gabcdef", "  zstd: [ OFF ]", FIVE, False, True),
        ("6.14.0-37-generic", "  ZSTD: [ On ]", FIVE.replace("l2d_cache\n", ""), True, False),
        ("12.0", "", "", False, False),
    ],
)
def test_what_it_can(
    tmp_path: Path, version: str, options: str, events: str, compresses: bool, knows: bool
) -> None:
    path = write_perf(tmp_path / "perf", version, options, events)
    expected = Perf(path, version, compresses, knows)
    assert find_perf(path) == expected
    assert find_perf(search=f"/nonexistent:{tmp_path}") == expected


@pytest.mark.parametrize("version", ["5.9.16", "4.19", "5.4.0-1"])
def test_too_old(tmp_path: Path, version: str) -> None:
    path = write_perf(tmp_path / "perf", version)
    with pytest.raises(PerfMissing) as caught:
        find_perf(path)
    text = str(caught.value)
    assert f"perf is too old. Got: {path} is version {version}." in text
    assert "Expected: version 5.10 or newer" in text


def test_minimum_of_the_toolchain(tmp_path: Path) -> None:
    path = write_perf(tmp_path / "perf", "6.1")
    assert find_perf(path, "6.1").version == "6.1"
    with pytest.raises(PerfMissing, match=r"Expected: version 6\.2 or newer"):
        find_perf(path, "6.2")


def test_none(tmp_path: Path) -> None:
    with pytest.raises(PerfMissing) as caught:
        find_perf(search=str(tmp_path), tools=str(tmp_path))
    text = str(caught.value)
    assert f"perf is missing. Got: none in {tmp_path}." in text
    assert "linux-tools-generic" in text
    assert "time is measured without a profile" in text


@pytest.mark.parametrize("kind", ["fails", "is not perf", "is not executable"])
def test_given_one_that_does_not_run(tmp_path: Path, kind: str) -> None:
    path = write_perf(tmp_path / "perf", status=2 if kind == "fails" else 0)
    if kind == "is not perf":
        write_perf(tmp_path / "perf", version="of a song")
    if kind == "is not executable":
        (tmp_path / "perf").chmod(0o644)
    # What was asked for by name is not replaced.
    write_perf(tmp_path / "linux-tools-6.1/perf")
    with pytest.raises(PerfMissing, match=f"perf does not run. Got: {path} --version fails"):
        find_perf(path, tools=str(tmp_path))


def test_wrapper_of_another_kernel(tmp_path: Path) -> None:
    write_perf(tmp_path / "bin/perf", status=2)
    for version in ("5.15.0-91", "6.8.0-31", "6.8.0-60"):
        tool = tmp_path / f"linux-tools-{version}/perf"
        write_perf(tool, version)
    tool.chmod(0o644)  # the last one is not executable
    write_perf(tmp_path / "other-tools-9/perf", "9.9")
    found = find_perf(search=str(tmp_path / "bin"), tools=str(tmp_path))
    assert found.path == str(tmp_path / "linux-tools-6.8.0-31/perf")
    assert found.version == "6.8.0-31"


def test_broken_wrapper_and_nothing_else(tmp_path: Path) -> None:
    write_perf(tmp_path / "perf", status=2)
    with pytest.raises(PerfMissing, match="perf does not run"):
        find_perf(search=str(tmp_path), tools=str(tmp_path))


PERF = Perf("/usr/bin/perf", "6.1", compresses=True, knows_events=True)
EVENTS = "-e {cpu-cycles,l1d_cache,l2d_cache,l2d_cache_refill,instructions}"
REST = [
    "--timestamp",
    "-k",
    "CLOCK_MONOTONIC",
    "--freq=997",
    "--delay=-1",
    "-g",
    "--user-callchains",
    "--call-graph=dwarf,8192",
    "--control=fifo:/t/ctl,/t/ack",
    "-o",
    "-",
    "--",
]


@pytest.mark.parametrize(
    ("perf", "options", "first"),
    [
        (PERF, {}, ["--quiet", "--compression-level=3", EVENTS]),
        (PERF, {"quiet": False}, ["--compression-level=3", EVENTS]),
        # Without compression upstream does not look for the events either.
        (PERF, {"disable_compression": True}, ["--quiet"]),
        (PERF._replace(compresses=False), {}, ["--quiet"]),
        (PERF._replace(knows_events=False), {}, ["--quiet", "--compression-level=3"]),
    ],
)
def test_arguments(perf: Perf, options: dict[str, bool], first: list[str]) -> None:
    """The arguments in their order (spec: walltime 2.3)."""
    how = recording(perf, "dwarf,8192", **options)
    assert arguments(how, "--control=fifo:/t/ctl,/t/ack") == ["record", *first, *REST]


def test_arguments_with_the_clock() -> None:
    how = Recording("fp", compression=False, events=("-e", "cpu-clock"))
    given = arguments(how, "--control=fifo:/t/ctl,/t/ack")
    rest = [word.replace("dwarf,8192", "fp") for word in REST]
    assert given == ["record", "--quiet", "-e", "cpu-clock", *rest]
