"""The executable of a benchmark target, for the frameworks that run it as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.built import Built, read_built
from rules_codspeed.measure.frameworks.counting import COUNT_BY_ITSELF
from rules_codspeed.measure.frameworks.framework import Allocated, Ask, Ended, Regions, Stops
from rules_codspeed.measure.frameworks.sanitizers import Sanitizer
from rules_codspeed.measure.frameworks.timed_program import OwnResults
from rules_codspeed.measure.stage.environment import machine
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.objects.elf import Elf, read_elf
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout

_SHEBANG = re.compile(rb"#!\s*(\S[^\n]{0,200})")


class Program:
    """A staged executable.

    Attributes:
      command: its absolute path and arguments.
      elf: facts about it; None for a script.
      built: how it was built.
    """

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        path = f"{layout.work}/{paths(spec.executable)}"
        self.command = (path, *spec.args)
        try:
            self.elf: Elf | None = read_elf(path)
        except OSError as error:
            raise CodSpeedError(
                f"the program of {spec.label} is not among its files",
                got=spec.executable,
                expected="an executable file",
                fix="build the benchmark again; if that does not help, report a bug of "
                "rules_codspeed",
            ) from error
        self.built = read_built(path)

    def check_machine(self, spec: Spec) -> None:
        """Raises CodSpeedError if the program is for another processor."""
        if self.elf and self.elf.machine != machine(spec.platform):
            raise BenchmarkError(
                f"the program of {spec.label} is for another processor",
                got=self.elf.machine,
                expected=machine(spec.platform),
                fix="build for the platform that measures (--platforms)",
            )

    def check_simulated(self, spec: Spec) -> None:
        """Raises CodSpeedError if the program is for another processor, or cannot be simulated."""
        self.check_machine(spec)
        self._check_sanitizers(spec)

    def _check_sanitizers(self, spec: Spec) -> None:
        """Raises CodSpeedError if a sanitizer of the program does not run under Valgrind."""
        for one in self.built.sanitizers:
            if not one.simulated:
                raise BenchmarkError(
                    f"the program of {spec.label} is built with {one.name}, which does not run in "
                    "the simulator",
                    got=f"the name {_shown(one)} in the program",
                    expected="a program without sanitizers: its numbers would hold their work, too",
                    fix=without_sanitizer(one),
                )


def sanitizer_warnings(label: str, built: Built) -> list[str]:
    """Returns a sentence for each sanitizer of a program that is measured nevertheless."""
    return [
        f"{label} is built with {one.name}, whose work is in its numbers: {without_sanitizer(one)}."
        for one in built.sanitizers
    ]


def without_sanitizer(sanitizer: Sanitizer) -> str:
    """Returns how to build without a sanitizer."""
    feature = f" (--features=-{sanitizer.feature})" if sanitizer.feature else ""
    return f"build what is measured without -fsanitize={sanitizer.option}{feature}"


def _shown(sanitizer: Sanitizer) -> str:
    return sanitizer.marks[0].rstrip(b"\0").decode()


class ProgramFramework:
    """What frameworks that run the executable of a target as it is have in common."""

    object_skips: tuple[str, ...] = ()
    whole_process = False
    isolated = False
    go_runtime = False
    one_thread = False
    forks = False
    interpreter = ""
    regions: Regions | None = None
    stops: Stops | None = None
    own_allocations: Callable[[], Mapping[str, Allocated]] | None = None
    _TIMEOUT_FIX: str

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        self._spec = spec
        self._program = Program(spec, layout, paths)
        self.command = self._program.command
        self.debug_info = self._program.elf.debug_info if self._program.elf else None
        self.built = self._program.built

    @property
    def _is_measured(self) -> bool:
        """Whether this is not the smoke test, whose program is built as it is at home."""
        return self._spec.simulator is not None

    def uri_of(self, name: str) -> str:
        """Returns the name itself."""
        return name

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds nothing."""
        return pins

    def watch(self, printed: bytes) -> None:
        """Learns nothing from what is printed."""

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Trusts the exit status."""
        del outcome, name, ask
        return Ended()

    def failure_fix(self, outcome: Outcome) -> str:
        """Explains a program that does not end."""
        if outcome.timed_out:
            return (
                "raise timeout_s if the program only needs longer under Valgrind, where it is some "
                f"50 times slower{self._TIMEOUT_FIX}"
            )
        return ""


class TracedProgram(ProgramFramework):
    """What frameworks that trace the allocations of the executable of a target have in common."""

    _is_measured = True

    def check(self) -> None:
        """Refuses a program for another processor, and one that nothing can be preloaded into."""
        self._program.check_machine(self._spec)
        for one in self.built.sanitizers:
            if one.allocates:
                raise BenchmarkError(
                    f"the program of {self._spec.label} is built with {one.name}, whose allocator "
                    "replaces the one that is measured",
                    got=f"the name {_shown(one)} in the program",
                    expected="a program without sanitizers that replace malloc",
                    fix=without_sanitizer(one),
                )
        if self.built.go:
            raise BenchmarkError(
                f"the program of {self._spec.label} is written in Go, so its memory is not "
                "measured",
                got="the section .go.buildinfo",
                expected="a program that takes its memory from malloc: Go's runtime has an "
                "allocator of its own",
                fix="have Go report bytes and allocations itself (go test -bench . -benchmem), and "
                "choose other modes here",
            )
        elf = self._program.elf
        if elf and elf.static and not self.built.counts_memory:
            raise BenchmarkError(
                f"the program of {self._spec.label} is statically linked, so nothing that counts "
                "its allocations can be preloaded",
                got="an ELF file without PT_INTERP",
                expected="a dynamically linked executable, or one that counts by itself",
                fix=COUNT_BY_ITSELF,
            )

    def failure_fix(self, outcome: Outcome) -> str:
        """Explains a program that does not end."""
        if outcome.timed_out:
            return f"raise timeout_s if the program only needs longer{self._TIMEOUT_FIX}"
        return ""


class TimedExecutable:
    """What frameworks that time the executable of a target as it is have in common."""

    interpreter = ""
    modules: tuple[str, ...] = ()
    own_results: OwnResults | None = None

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        self._spec = spec
        self._program = Program(spec, layout, paths)
        self.command = self._program.command
        self.debug_info = self._program.elf.debug_info if self._program.elf else None
        self.built = self._program.built

    @property
    def kind(self) -> str:
        """The program's name, after that of its interpreter if it is a script."""
        path = self.command[0]
        with open(path, "rb") as file:
            found = _SHEBANG.match(file.read(256))
        words = found[1].decode("utf-8", "replace").split() if found else []
        return " ".join([*words, os.path.basename(path), *self._spec.args])

    def check(self) -> None:
        """Refuses a program for another processor."""
        self._program.check_machine(self._spec)

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds nothing."""
        return pins

    def watch(self, printed: bytes) -> None:
        """Learns nothing from what is printed."""

    def ended(self, outcome: Outcome, name: str, ask: Ask) -> Ended:
        """Trusts the exit status."""
        del outcome, name, ask
        return Ended()

    def failure_fix(self, outcome: Outcome) -> str:
        """Explains a program that does not end."""
        if outcome.timed_out:
            return (
                "raise timeout_s if the benchmarks only need longer, or give them less time; make "
                "sure that the program ends by itself and leaves no processes behind"
            )
        return ""


class UntimedExecutable(TimedExecutable):
    """What frameworks have in common whose programs cannot be timed: `check` refuses them."""

    lost_fix = empty_fix = ""

    @property
    def timed_command(self) -> tuple[str, ...]:
        """The program itself."""
        return self.command
