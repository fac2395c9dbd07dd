"""Framework `exec`: a whole process is the benchmark (spec/simulation.md section 15)."""

from __future__ import annotations

from rules_codspeed.contract.errors import problem
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.program import ProgramFramework
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.names import benchmark_name
from rules_codspeed.measure.stage.staging import Layout


class ExecProgram(ProgramFramework):
    """Drives any dynamically linked program, by a preloaded library."""

    _TIMEOUT_FIX = "; see that it ends by itself and leaves no processes behind"

    def __init__(self, spec: Spec, layout: Layout, paths: StagePaths) -> None:
        super().__init__(spec, layout, paths)
        self._preload = f"{layout.work}/{paths(spec.preload)}" if spec.preload else ""

    def pins(self, pins: dict[str, str]) -> dict[str, str]:
        """Adds what the preloaded library needs."""
        # As exec-harness 1.3.0: Node writes a map of what it compiles.
        node = {} if "NODE_OPTIONS" in self._spec.env else {"NODE_OPTIONS": "--perf-basic-prof"}
        return {
            **pins,
            **node,
            "CODSPEED_BENCH_URI": f"exec_harness::{benchmark_name(self._spec.label)}",
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

    def empty_fix(self) -> str:
        """Tells when the library's destructor is not reached."""
        return (
            "let the program end by returning from main or by exit(): one that ends by _exit (as "
            "/bin/sh does) or replaces itself reports nothing"
        )
