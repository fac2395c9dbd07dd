"""Runs the parsers of outside data on odd inputs for as long as you like.

    python3 tools/fuzz.py --seconds 600 results baseline

It needs the packages of the tests. Where atheris is installed too, inputs that reach new code are
changed further; else those of tests/fuzz/corpus are. An input on which a parser fails (another
error than its own, more than 10 seconds, more than 2 GiB) is kept in the folder of --keep: put it
into the parser's corpus, with the fix.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from types import FrameType
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "py")]

_SLOW_S = 10  # of the processor
_HANGING_S = 300
_MEMORY = 2 << 30  # bytes
_LONGEST = 1 << 18  # bytes of an input


class _TooSlowError(BaseException):
    """An input takes too long; no parser catches it."""


def _too_slow(number: int, frame: FrameType | None) -> NoReturn:
    raise _TooSlowError


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """Yields a folder in memory, where there is one: it is written for every input."""
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        work = Path(folder, "work")
        work.mkdir()
        yield work


def _random(name: str, seconds: float, seed: int, keep: Path) -> None:
    """Runs a parser on changed inputs of its corpus."""
    from tests.fuzz.mutation import mutated
    from tests.fuzz.parsers import PARSERS, corpus

    parser, seeds, random = PARSERS[name], corpus(name), Random(seed)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGALRM, _too_slow)
    signal.signal(signal.SIGPROF, _too_slow)
    taken = count = 0
    end = time.monotonic() + seconds
    with _scratch() as work:
        while time.monotonic() < end:
            content = mutated(seeds, random)
            signal.setitimer(signal.ITIMER_PROF, _SLOW_S)
            signal.alarm(_HANGING_S)
            try:
                taken += parser.takes(content, work)
            except BaseException as error:
                kept = keep / f"{name}-{sha256(content).hexdigest()[:16]}"
                kept.write_bytes(content)
                frames = "".join(traceback.format_tb(error.__traceback__)[-8:])
                text = f"{type(error).__name__}: {str(error)[:300]}"
                sys.exit(f"{name}: fails on {kept} after {count} inputs\n{frames}{text}")
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.alarm(0)
            count += 1
    print(f"{name}: {count} inputs in {seconds:.0f} s, {taken} of them taken", flush=True)


def _guided(name: str, seconds: float, seed: int, keep: Path) -> None:
    """Runs a parser on inputs that libFuzzer derives, by the code that they reach."""
    import atheris

    with atheris.instrument_imports(include=["rules_codspeed", "tools"]):
        from tests.fuzz.mutation import mutated
        from tests.fuzz.parsers import PARSERS, corpus
    parser, seeds = PARSERS[name], corpus(name)

    def change(data: bytes, longest: int, number: int) -> bytes:
        random = Random(number)
        if random.random() < 0.5:
            return bytes(atheris.Mutate(data, longest))
        return mutated([data, *seeds], random)[:longest]

    with _scratch() as work:
        for number, content in enumerate(seeds):
            (work.parent / "corpus").mkdir(exist_ok=True)
            (work.parent / "corpus" / str(number)).write_bytes(content)
        options = [
            *(f"-max_total_time={seconds:.0f}", f"-seed={seed}", f"-timeout={_HANGING_S}"),
            *(f"-rss_limit_mb={_MEMORY >> 20}", f"-max_len={_LONGEST}", "-print_final_stats=1"),
            *(f"-artifact_prefix={keep}/{name}-", str(work.parent / "corpus")),
        ]
        atheris.Setup(
            [name, *options], lambda data: parser.takes(data, work), custom_mutator=change
        )
        atheris.Fuzz()


def main() -> int:
    """Runs parsers one after the other; returns 1 if one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parsers", nargs="*", help="names of tests/fuzz/parsers.py; all by default")
    parser.add_argument("--seconds", type=float, default=60, help="for each of them")
    parser.add_argument("--seed", type=int, default=0, help="of the changes")
    parser.add_argument("--keep", type=Path, default=Path("/tmp/fuzz"), help="folder of failures")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    keep = options.keep.resolve()
    keep.mkdir(parents=True, exist_ok=True)
    if options.one:
        run = _guided if importlib.util.find_spec("atheris") else _random
        run(options.parsers[0], options.seconds, options.seed, keep)
        return 0
    from tests.fuzz.parsers import PARSERS

    names = options.parsers or list(PARSERS)
    if unknown := sorted(set(names) - PARSERS.keys()):
        parser.error(f"no parser {unknown[0]}; there are {', '.join(PARSERS)}")
    failed = [name for name in names if _process(name, options, keep)]
    print(f"{len(names) - len(failed)} of {len(names)} parsers without a failure")
    return 1 if failed else 0


def _process(name: str, options: argparse.Namespace, keep: Path) -> int:
    """Runs a parser in a process of its own: it may take all memory, or never end."""
    command = [sys.executable, __file__, "--one", name, f"--seconds={options.seconds}"]
    command += [f"--seed={options.seed}", f"--keep={keep}"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
