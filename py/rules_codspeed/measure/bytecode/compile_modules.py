"""Compiles Python modules. Entry of the action CodSpeedCompile.

Usage: compile_modules.py LIST

Each line of LIST is the folder for the .pyc file, the path of the module in its repository, and
the module, with tabs between them. The files are of the kind that is never compared with the source
(PEP 552, unchecked): a time stamp is the machine's.

A module that cannot be compiled, such as a template or a test of another version's syntax, is left
out: whoever imports it gets the interpreter's own error.

Imports the standard library only: it runs under the interpreter of the measured program.
"""

import contextlib
import os
import sys
from py_compile import PycInvalidationMode, PyCompileError
from py_compile import compile as compile_file

FAILED = 1
"""Exit status if a file cannot be read or written."""


def main(listing: str) -> int:
    """Compiles each module in a process of its own; returns the exit status.

    What marshal writes depends on the texts and numbers that the process holds already, from
    other modules too. After a fork it does not.
    """
    with open(listing, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        folder, module, source = line.split("\t")
        child = os.fork()
        if not child:
            os._exit(_status(folder, module, source))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return _fail(module, f"the compiler was ended by signal {os.WTERMSIG(status)}")
        if status:
            return FAILED
    return 0


def _status(folder: str, module: str, source: str) -> int:
    """Compiles a module; returns the exit status of its process."""
    try:
        _compile(folder, module, source)
    except OSError as error:
        return _fail(module, str(error))
    return 0


def _fail(module: str, got: str) -> int:
    print(
        f"rules_codspeed: the module {module} cannot be compiled. Got: {got}. Expected: a file "
        "that can be read, and a machine with memory and a disk with space. Fix: see to that, and "
        "build again.",
        file=sys.stderr,
    )
    return FAILED


def _compile(folder: str, module: str, source: str) -> None:
    """Writes one file; does nothing for what is no valid module."""
    os.makedirs(folder, exist_ok=True)
    stem = os.path.basename(module).rpartition(".")[0]
    target = f"{folder}/{stem}.{sys.implementation.cache_tag}.pyc"
    mode = PycInvalidationMode.UNCHECKED_HASH
    with contextlib.suppress(PyCompileError, ValueError, RecursionError, OverflowError):
        # The path of the machine must not be in it; an importer puts in its own.
        compile_file(source, target, dfile=module, doraise=True, invalidation_mode=mode)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
