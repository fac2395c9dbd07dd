"""A target that is measured in memory mode."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.measure.target import MEASURE, Target


class MemoryTarget(Target):
    """A target that is measured in this mode."""

    fold: Path

    def command(self, out: Path, entry: str = "memory/main.py") -> list[str]:
        """Writes what the rules would write; returns the driver's command line."""
        out.mkdir(parents=True)
        (out / "spec.json").write_text(json.dumps(self.spec))
        (out / "files").write_text("".join(f"{k}\t{v}\n" for k, v in self.files.items()))
        command = [sys.executable, "-I", "-S", "-B", str(MEASURE / "memory/main.py")]
        options = {"--spec": "spec.json", "--files": "files", "--numbers": "numbers.json"}
        options |= {"--profile": "profile", "--provenance": "provenance.json", "--log": "log"}
        options["--accounting"] = "accounting.json"
        for option, name in options.items():
            command += [option, f"{out}/{name}"]
        import zstandard

        assert zstandard.__file__
        command += ["--import-path", str(Path(zstandard.__file__).parents[1])]
        return [*command, "--fold", str(self.fold), "--kernel", str(self.kernel)]
