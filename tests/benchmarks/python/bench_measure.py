"""What the measuring driver does besides measuring: read its inputs, normalise the profile."""

from __future__ import annotations

import io

from pytest_codspeed import BenchmarkFixture

from rules_codspeed.measure.simulation.function_order import ordered
from rules_codspeed.measure.simulation.normalise import normalise_callgrind
from rules_codspeed.measure.stage.manifest import StagePaths, parse_manifest
from rules_codspeed.measure.stage.names import Names
from tests.benchmarks.python.profile_data import profile

# Positions as callgrind writes them: none is relative to another function.
PROFILE = profile(parts=2, functions=280, relative_positions=False)
PART = PROFILE[PROFILE.rindex(b"part: ") :]
NAMES = Names({f"module~{n}.0": f"module{n}" for n in range(20)})
MANIFEST = "".join(
    f"module~{n % 20}.0/pkg/file_{n}.py\tbazel-out/k8-opt/bin/external/module~{n % 20}.0/{n}\n"
    for n in range(1000)
)


def test_normalise(benchmark: BenchmarkFixture) -> None:
    def normalise() -> list[str]:
        return normalise_callgrind(io.BytesIO(PROFILE), io.BytesIO(), NAMES, 1)

    assert len(benchmark(normalise)) == 2


def test_order_functions(benchmark: BenchmarkFixture) -> None:
    assert benchmark(ordered, PART) != PART


def test_read_manifest(benchmark: BenchmarkFixture) -> None:
    def read() -> dict[str, str]:
        files = parse_manifest(MANIFEST, "files", "root")
        paths = StagePaths(files, "_main")
        return {paths(path): source for path, source in files.items()}

    assert len(benchmark(read)) == 1000
