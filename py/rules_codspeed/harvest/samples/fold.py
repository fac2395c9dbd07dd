"""Samples of a profile as folded stacks, one set for each benchmark."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.contract.raw_run import RECORDING
from rules_codspeed.harvest.samples.resolve import Resolver
from rules_codspeed.harvest.samples.samples import Sample, read_samples
from rules_codspeed.harvest.samples.windows import Windows

UNKNOWN = "[unknown]"
KERNEL = "[kernel]"

# Names of the function that calls the code of a benchmark: its stack starts there.
_ROOT = "__codspeed_root_frame__"

Stack = tuple[str, ...]


def fold(profile: Path) -> dict[str, dict[Stack, int]]:
    """Counts the samples of each benchmark by stack.

    Frames of ignored modules, such as an interpreter, are left out, unless nothing would
    remain. With call chains by DWARF a sample holds only the innermost frame.

    Args:
      profile: a profile folder with a recording.

    Returns:
      By URI and by stack, from the outermost function to the innermost, how many samples.

    Raises:
      CodSpeedError: the recording or the metadata cannot be used.
      OSError: a file cannot be read.
    """
    resolver = Resolver(profile)
    windows = Windows(resolver.metadata.uri_by_ts, resolver.metadata.markers)
    folded: dict[str, dict[Stack, int]] = {}
    file = profile / RECORDING
    with file.open("rb") as recording:
        for sample in read_samples(recording, str(file)):
            uri = None if sample.time is None else windows.uri(sample.time)
            if uri is not None:
                stacks = folded.setdefault(uri, {})
                stack = _stack(resolver, sample)
                stacks[stack] = stacks.get(stack, 0) + 1
    return {uri: dict(sorted(folded[uri].items())) for uri in sorted(folded)}


def _stack(resolver: Resolver, sample: Sample) -> Stack:
    addresses = list(sample.callchain)
    if sample.user and (not addresses or addresses[0] != sample.ip):
        addresses.insert(0, sample.ip)
    frames: list[tuple[str, bool]] = []
    for depth, address in enumerate(addresses):
        # All except the innermost are return addresses, which may lie behind the caller's end.
        called_from = address - 1 if depth or not sample.user else address
        name = resolver.name(sample.pid, called_from) or UNKNOWN
        frames.append((name, resolver.ignored(sample.pid, called_from)))
    if not sample.user:
        frames.insert(0, (KERNEL, False))
    kept = [name for name, ignored in frames if not ignored] or [name for name, _ in frames]
    return _from_root(tuple(reversed(kept)))


def _from_root(stack: Stack) -> Stack:
    """Returns the part of a stack that belongs to the benchmark's own code."""
    for depth, name in enumerate(stack):
        if _ROOT in name:
            return stack[depth:]
    return stack
