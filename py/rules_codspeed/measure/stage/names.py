"""Names in a profile, made independent of the place where it was measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.stage.repositories import MAIN, lookup
from rules_codspeed.measure.stage.staging import STAGE

_CONFIGURATION = re.compile(rb"bazel-out/[^/]+/bin/")
_EXTERNAL = re.compile(rb"external/([^/]+)/")
_EXECROOT = b"/proc/self/cwd/"
HARNESS = "exec_harness::"
"""How the URI of a whole program begins (spec: simulation 15)."""

# How provenance describes what `Names` does.
_RULES = (
    "the stage's path, /proc/self/cwd and bazel-out/<configuration>/bin are dropped",
    "the path of a pinned root is /",
    "external/<canonical name> is external/<name>",
    "process ids are ordinals",
    "code that has only an address is named by its object file and the offset in it",
    "functions stand in the order of object, file and name, their lines and calls added up",
    "sysTime and sysCpuTime, times of the host's clock, are zero",
    "keys of JSON files are sorted",
    "what Valgrind's log states about the host's caches and loaded object files is dropped",
)


# Where the profile stays as Valgrind writes it.
_RULES_AS_CODSPEED = (
    "the stage's path, /proc/self/cwd and bazel-out/<configuration>/bin are dropped from URIs",
    "what Valgrind's log states about the host's caches and loaded object files is dropped",
)


def rules(spec: Spec) -> list[str]:
    """Returns what is made independent of the machine in a profile."""
    return list(_RULES_AS_CODSPEED if spec.as_codspeed else _RULES)


def program_uri(spec: Spec, command: Sequence[str], names: Names) -> str:
    """Returns the URI of a whole program.

    Args:
      spec: of its target, by whose label it is called.
      command: of the program, by which CodSpeed's runner calls it.
      names: drops the paths of the stage.
    """
    as_typed = names.text(" ".join(command).encode("utf-8", "surrogateescape"))
    name = as_typed.decode("utf-8", "replace") if spec.as_codspeed else benchmark_name(spec.label)
    return f"{HARNESS}{name}"


def benchmark_name(label: str) -> str:
    """Returns the name of a whole program: its label, without what all labels start with."""
    return label.removeprefix("//").removeprefix(":")


class Names:
    """Rewrites paths, URIs and texts. Applied twice, each rule changes nothing more."""

    def __init__(self, repositories: Mapping[str, str], root: str = STAGE) -> None:
        self._repositories = repositories
        self._root = root.encode()
        self._stage = re.compile(
            re.escape(self._root)
            + rb"(?:/root(?=/)|/(?:(?:w/%b|cargo)/|w/([^/\s]+)/)?)" % MAIN.encode()
        )

    def path(self, name: bytes) -> bytes:
        """Returns a path, or a text that starts with one, such as a URI."""
        while True:
            before = name
            name = self._drop_stage(name)
            name = name.removeprefix(_EXECROOT)
            name = _CONFIGURATION.sub(b"", name, count=1) if name[:10] == b"bazel-out/" else name
            if found := _EXTERNAL.match(name):
                name = b"external/%b/%b" % (self._short(found[1]), name[found.end() :])
            if name == before:
                return name

    def text(self, text: bytes) -> bytes:
        """Returns a text with the stage's path dropped wherever it occurs."""
        while self._root + b"/" in text:
            text = self._stage.sub(self._below_stage, text)
        return text

    def _drop_stage(self, name: bytes) -> bytes:
        found = self._stage.match(name)
        return self._below_stage(found) + name[found.end() :] if found else name

    def _below_stage(self, found: re.Match[bytes]) -> bytes:
        return b"external/%b/" % self._short(found[1]) if found[1] else b""

    def _short(self, repository: bytes) -> bytes:
        name = repository.decode("utf-8", "surrogateescape")
        return lookup(self._repositories, name).encode("utf-8", "surrogateescape")
