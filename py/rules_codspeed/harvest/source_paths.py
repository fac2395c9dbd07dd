"""Paths of source files, made independent of where Bazel built the program.

The same rules as `measure.names` has for simulation; the harvest knows nothing of `measure`.
"""

from __future__ import annotations

import re

# The part before an execution root differs by machine, user, workspace and sandbox.
_EXECROOT = re.compile(r"/(?:[^/]+/)*?execroot/[^/]+/|/proc/self/cwd/")
_CONFIGURATION = re.compile(r"bazel-out/[^/]+/bin/")


def portable(path: str) -> str:
    """Returns the path of a source file without the prefixes that Bazel gives it.

    `/proc/self/cwd/` (which Bazel's C++ rules use for the working directory) and execution
    roots, in a sandbox or not, are dropped, then `bazel-out/<configuration>/bin/`.
    Applied twice it changes nothing more.
    """
    while True:
        before = path
        for pattern in (_EXECROOT, _CONFIGURATION):
            if found := pattern.match(path):
                path = path[found.end() :]
        if path == before:
            return path
