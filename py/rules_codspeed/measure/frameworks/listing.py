"""Programs that can list their benchmarks and run one of them."""

from __future__ import annotations

import re

from rules_codspeed.measure.frameworks.framework import Ask, asked_names
from rules_codspeed.measure.frameworks.names import escaped, listed_names
from rules_codspeed.measure.frameworks.program import ProgramFramework


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
