"""The model of the processor, as /proc/cpuinfo states it."""

from __future__ import annotations

from rules_codspeed.measure.stage.host_files import HostFiles

_LONGEST = 200  # characters
# Designer and part in the registers of Arm processors, of those that servers have:
# <asm/cputype.h> of Linux.
_ARM_PARTS = {
    ("0x41", "0xd08"): "Arm Cortex-A72",
    ("0x41", "0xd0c"): "Arm Neoverse-N1",
    ("0x41", "0xd40"): "Arm Neoverse-V1",
    ("0x41", "0xd49"): "Arm Neoverse-N2",
    ("0x41", "0xd4f"): "Arm Neoverse-V2",
    ("0x41", "0xd84"): "Arm Neoverse-V3",
    ("0x41", "0xd8e"): "Arm Neoverse-N3",
    ("0xc0", "0xac3"): "Ampere-1",
}


def cpu_model(files: HostFiles) -> str:
    """Returns the model of the processor; empty if it is not known."""
    # x86 first; then boards, whose kernel adds a line of its own.
    for name in ("model name", "Model"):
        if model := files.field("proc/cpuinfo", name):
            return plain(model)
    designer = files.field("proc/cpuinfo", "CPU implementer")
    part = files.field("proc/cpuinfo", "CPU part")
    unknown = f"Arm implementer {designer} part {part}" if part else ""
    return plain(_ARM_PARTS.get((designer, part), unknown))


def plain(text: str) -> str:
    """Returns a text of the machine in one line, printable and bounded."""
    text = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in text[:_LONGEST])
