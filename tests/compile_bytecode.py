"""Compiles modules into folders that can stand beside them: `__pycache__`.

    compile_bytecode.py --into FOLDER MODULE... [--into FOLDER MODULE...]...

What it writes is used without a look at the sources: Bazel knows when those change.
"""

from __future__ import annotations

import argparse
import py_compile
import sys
from pathlib import Path

_UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH


def main() -> int:
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--into", nargs="+", type=Path, action="append", required=True)
    for folder, *modules in parser.parse_args().into:
        for module in modules:
            target = str(folder / f"{module.stem}.{sys.implementation.cache_tag}.pyc")
            try:
                py_compile.compile(
                    str(module), target, module.name, doraise=True, invalidation_mode=_UNCHECKED
                )
            except py_compile.PyCompileError:
                # For a newer Python, which the package asks before it imports it.
                continue
    return 0


if __name__ == "__main__":
    sys.exit(main())
