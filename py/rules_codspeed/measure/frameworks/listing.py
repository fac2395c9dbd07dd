"""Programs that can list their benchmarks and run one of them, and the names of these."""

from __future__ import annotations

import re

from rules_codspeed.measure.frameworks.framework import Ask, asked_names
from rules_codspeed.measure.frameworks.google_skips import escaped, listed_names
from rules_codspeed.measure.frameworks.program import ProgramFramework
from rules_codspeed.measure.stage.names import benchmark_name


def own_uri(label: str, name: str) -> str:
    """Returns the URI of a benchmark whose framework knows no URIs: after the label its name.

    `::` in its name are escaped, as by CodSpeed's fork of google_benchmark.
    """
    return f"{benchmark_name(label)}::{escaped_colons(name)}"


def escaped_colons(name: str) -> str:
    """Returns a name in which nothing separates parts of a URI."""
    return name.replace("::", "\\:\\:")


class Listing(ProgramFramework):
    """A program that lists its benchmarks, one a line, and runs one by arguments of the target."""

    def names(self, ask: Ask) -> list[str]:
        """Returns the names that the program lists, one a line."""
        return asked_names(ask, (*self.command, *self._spec.list_args), listed_names)

    def command_for(self, name: str) -> tuple[str, ...]:
        """Adds the arguments that choose one benchmark."""
        values = {"{name}": name, "{regex}": escaped(name)}

        def filled(argument: str) -> str:
            return re.sub(r"\{(?:name|regex)\}", lambda found: values[found[0]], argument)

        return (*self.command, *map(filled, self._spec.filter_args))
