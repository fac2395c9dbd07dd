"""The guest: a whole machine of aarch64, emulated without special rights."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Everything that QEMU knows; with its own pointer authentication, which is quicker than Arm's.
NEWEST = "max,pauth-impdef=on"
_LINE = "console=ttyAMA0 quiet panic=-1 rdinit=/init"


@dataclass(frozen=True)
class Machine:
    """What the guest is made of.

    Attributes:
      qemu: the emulator.
      kernel: what it boots.
      archives: what the kernel unpacks, in that order.
      memory: in MiB.
    """

    qemu: Path
    kernel: Path
    archives: Sequence[Path]
    memory: int = 2560

    def command(self, initrd: Path, share: Path, cpu: str) -> list[str]:
        """Returns the command line: two processors, one folder that both sides see, no network."""
        options = {
            "-M": "virt",
            "-cpu": cpu,
            "-smp": "2",
            "-m": str(self.memory),
            "-accel": "tcg,thread=multi",
            "-display": "none",
            "-serial": "stdio",
            "-monitor": "none",
            "-kernel": str(self.kernel),
            "-initrd": str(initrd),
            "-append": _LINE,
            "-virtfs": f"local,path={share},mount_tag=share,security_model=none",
            # Where the package's own files are.
            "-L": str(self.qemu.parent.parent / "root/usr/share/qemu"),
        }
        words = [word for pair in options.items() for word in pair]
        return [str(self.qemu), "-nodefaults", "-no-reboot", *words]

    def run(self, scratch: Path, share: Path, seconds: float, cpu: str = NEWEST) -> str:
        """Boots, shows the guest's lines while it runs, and returns them when it is off.

        Args:
          scratch: folder for a copy of the archives.
          share: folder that the guest sees as `/share`.
          seconds: after which the guest is switched off.
          cpu: model of the processor, as QEMU names it.
        """
        initrd = scratch / "initrd"
        with initrd.open("wb") as stream:
            for archive in self.archives:
                with archive.open("rb") as source:
                    shutil.copyfileobj(source, stream, 1 << 24)
        lines = []
        with subprocess.Popen(
            self.command(initrd, share, cpu),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            assert process.stdout
            for line in process.stdout:
                lines.append(line)
                print(f"  {line.rstrip()}", file=sys.stderr, flush=True)
            timer.cancel()
        return "".join(lines)
