"""Framework `exec`: a whole process is the benchmark (spec/simulation.md section 15)."""

from __future__ import annotations

from rules_codspeed.measure.errors import problem
from rules_codspeed.measure.manifest import StagePaths
from rules_codspeed.measure.process import Outcome
from rules_codspeed.measure.program import Program
from rules_codspeed.measure.spec import Spec
from rules_codspeed.measure.staging import Layout


class ExecProgram:
    """Drives any dynamically linked program, by a preloaded library."""

    object_skips: tuple[str, ...] = ()
    interpreter = ""

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        self._spec = spec
        self._program = Program(spec, layout, paths)
        self._preload = f"{layout.work}/{paths(spec.preload)}" if spec.preload else ""
        self.command = self._program.command
        self.debug_info = self._program.elf.debug_info if self._program.elf else None

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what the preloaded library needs."""
        # As exec-harness 1.3.0: Node writes a map of what it compiles.
        node = {} if "NODE_OPTIONS" in self._spec.env else {"NODE_OPTIONS": "--perf-basic-prof"}
        return {
            **pins,
            **node,
            "CODSPEED_BENCH_URI": _uri(self._spec.label),
            "LD_PRELOAD": self._preload,
            "PYTHONPERFSUPPORT": "1",
        }

    def check(self) -> None:
        """Refuses a program that the library cannot be loaded into."""
        self._program.check_machine(self._spec)
        if self._program.elf and self._program.elf.static:
            raise problem(
                f"the program of {self._spec.label} is statically linked; CPU simulation does not "
                "support that for framework exec",
                "an ELF file without PT_INTERP",
                "a dynamically linked executable: the library that measures it is preloaded",
                "link it dynamically (no -static, no fully_static_link), or use framework hooks",
            )
        if not self._preload:
            raise problem(
                f"{self._spec.label} has no library that measures a whole program",
                "an empty preload",
                "//rules/hooks:preload",
                "declare the target with codspeed_benchmark(framework = 'exec')",
            )

    def list_command(self) -> tuple[str, ...]:
        """There is one benchmark, and nothing to ask for."""
        return self.command

    def listed(self, printed: bytes) -> list[str]:
        """Returns nothing: the process is the benchmark."""
        return []

    def command_for(self, name: str) -> tuple[str, ...]:
        """Returns the whole command."""
        return self.command

    def unfinished(self) -> str:
        """Trusts the exit status."""
        return ""

    def skipped(self) -> bool:
        """Knows nothing of skipping."""
        return False

    def failure_fix(self, outcome: Outcome) -> str:
        """Tells what may end a program badly only when it is measured."""
        if outcome.timed_out:
            return (
                "raise timeout_s if the program only needs longer under Valgrind, where it is some "
                "50 times slower; see that it ends by itself and leaves no processes behind"
            )
        return (
            "run the smoke test, which runs the same program without Valgrind, and mend the program"
        )

    def empty_fix(self) -> str:
        """Tells when the library's destructor is not reached."""
        return (
            "let the program end by returning from main or by exit(): one that ends by _exit (as "
            "/bin/sh does) or replaces itself reports nothing; or set allow_empty"
        )


def _uri(label: str) -> str:
    """Returns the benchmark's name: the label, without what all labels start with."""
    return f"exec_harness::{label.removeprefix('//').removeprefix(':')}"
