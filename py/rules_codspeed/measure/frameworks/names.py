"""Names of benchmarks: as programs list them, in patterns that choose one, and in URIs."""

from __future__ import annotations

import re

from rules_codspeed.measure.stage.names import benchmark_name

# Characters that are special in every dialect of regular expressions and may be escaped in all.
_SPECIAL = re.compile(r"([\\^$.|?*+()\[\]{}])")


def listed_names(printed: bytes) -> list[str]:
    """Returns the lines of a list that are not blank, exactly as they are."""
    lines = printed.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
    return [line for line in lines if line.strip()]


def escaped(name: str) -> str:
    """Returns a regular expression that matches a text."""
    return _SPECIAL.sub(r"\\\1", name)


def own_uri(label: str, name: str) -> str:
    """Returns the URI of a benchmark whose framework knows no URIs: after the label its name.

    `::` in its name are escaped, as by CodSpeed's fork of google_benchmark.
    """
    return f"{benchmark_name(label)}::{escaped_colons(name)}"


def escaped_colons(name: str) -> str:
    """Returns a name in which nothing separates parts of a URI."""
    return name.replace("::", "\\:\\:")
