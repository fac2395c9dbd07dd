"""Names that a person can read: packages, and benchmarks within a package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rules_codspeed.contract.escaping import printable
from rules_codspeed.results.model import Benchmark


def package(label: str) -> str:
    """Returns the package of a label: `//a/b` of `//a/b:c`."""
    return label.rpartition(":")[0]


def short_names(benchmarks: Sequence[Benchmark]) -> list[str]:
    """Returns a name for each benchmark of one package and mode, without the package in it.

    Where short names would be equal it is the URI, with the label if that is equal too.
    """
    shorts = [_short(benchmark) for benchmark in benchmarks]
    uris = [benchmark.uri for benchmark in benchmarks]
    short_count, uri_count = Counter(shorts), Counter(uris)
    names = []
    for benchmark, short in zip(benchmarks, shorts, strict=True):
        name = short if short_count[short] == 1 else benchmark.uri
        if uri_count[benchmark.uri] > 1:
            name = f"{benchmark.uri} ({benchmark.label})"
        names.append(printable(name))
    return names


def _short(benchmark: Benchmark) -> str:
    """Returns the URI without the package; for exec-harness, the name of the target."""
    repository_and_path = package(benchmark.label)
    path = repository_and_path.partition("//")[2]
    uri = benchmark.uri.removeprefix("exec_harness::")
    if uri != benchmark.uri:
        return uri.removeprefix(f"{path}:")
    return uri.removeprefix(f"{path}/") if path else uri
