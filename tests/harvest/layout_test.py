"""Layouts of the runner's versions."""

from __future__ import annotations

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.harvest.layout import layout_of


@pytest.mark.parametrize(
    ("version", "metadata", "unwind", "changes"),
    [
        ("4.10.6", "perf.metadata", 2, "legacy"),
        ("4.11.0", "perf.metadata", 3, ""),
        ("4.14.0", "perf.metadata", 3, ""),
        ("4.15.0", "perf.metadata", 3, "debug_files"),
        ("4.16.0", "walltime.metadata", 3, "debug_files"),
        ("4.16.2", "walltime.metadata", 3, "debug_files fork_inheritance"),
        ("4.17.4", "walltime.metadata", 3, "debug_files fork_inheritance exec_purge"),
        ("4.17.5", "walltime.metadata", 3, "debug_files fork_inheritance exec_purge"),
        (
            "4.17.6",
            "walltime.metadata",
            4,
            "debug_files fork_inheritance exec_purge header_optional",
        ),
        (
            "5.8.0",
            "walltime.metadata",
            4,
            "debug_files fork_inheritance exec_purge header_optional",
        ),
    ],
)
def test_layout(version: str, metadata: str, unwind: int, changes: str) -> None:
    layout = layout_of(version)
    assert (layout.version, layout.metadata_file, layout.unwind_version) == (
        version,
        metadata,
        unwind,
    )
    flags = ("legacy", "debug_files", "fork_inheritance", "exec_purge", "header_optional")
    assert {flag for flag in flags if getattr(layout, flag)} == set(changes.split())


@pytest.mark.parametrize(
    ("version", "start", "end"),
    [
        ("4.10.6", "BenchmarkStart", "BenchmarkEnd"),
        ("4.15.1", "BenchmarkStart", "BenchmarkEnd"),
        ("4.16.0", "RoundStart", "RoundEnd"),
        ("v5.0.2", "RoundStart", "RoundEnd"),
    ],
)
def test_marker_names(version: str, start: str, end: str) -> None:
    layout = layout_of(version)
    assert layout.marker_name("BenchmarkStart") == start
    assert layout.marker_name("BenchmarkEnd") == end
    assert layout.marker_name("SampleStart") == "SampleStart"


@pytest.mark.parametrize(
    "version", ["", "4.10.5", "5.0.3", "5.0", "latest", "5.0.2\n", "\u0665.0.2"]
)
def test_other_version_is_refused(version: str) -> None:
    with pytest.raises(CodSpeedError) as caught:
        layout_of(version)
    assert f"Got: {version!r}. Expected: a release from 4.10.6 to 5.8.0; the nearest is " in str(
        caught.value
    )
