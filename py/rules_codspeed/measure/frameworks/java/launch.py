"""How a launcher starts a Java virtual machine: what a java_binary, a script or a jar comes to."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.frameworks.java.archives import is_archive
from rules_codspeed.measure.stage.environment import PATH
from rules_codspeed.measure.stage.process import run
from rules_codspeed.measure.stage.staging import Layout

_FACTS = "jvm_facts"
_OPTIONS = "JAVA_TOOL_OPTIONS"
_TIMEOUT_S = 60
# Of the shell, and ours.
_PASSING = {_OPTIONS, "OLDPWD", "PWD", "SHLVL", "_"}
# Options of `java` whose value is the next argument, and those after which a jar or module follows.
_WITH_VALUE = {
    "--add-exports",
    "--add-modules",
    "--add-opens",
    "--add-reads",
    "--class-path",
    "--describe-module",
    "--enable-native-access",
    "--limit-modules",
    "--module-path",
    "--patch-module",
    "--source",
    "--upgrade-module-path",
    "-classpath",
    "-cp",
    "-p",
}
_CLASS_PATH = {"--class-path", "-classpath", "-cp"}
_PROGRAM = {"-jar", "--module", "-m"}


class Launch(NamedTuple):
    """How a JVM is started.

    Attributes:
      java: absolute path of its executable.
      options: that the launcher gives it, without the class path.
      class_path: with the program's classes.
      arguments: of the program.
      variables: that the launcher adds.
    """

    java: str
    options: tuple[str, ...]
    class_path: str
    arguments: tuple[str, ...]
    variables: dict[str, str]


def launcher(command: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """Returns what starts a program: a jar is run by a JVM among its files, or by the machine's.

    Args:
      command: of the target.
      layout: the filled stage.
    """
    program, *arguments = command
    if not is_archive(program):
        return tuple(command)
    own = sorted(glob.iglob(f"{layout.work}/**/bin/java", recursive=True))
    of_machine = (f"{folder}/java" for folder in PATH.split(":"))
    java = next(filter(os.path.exists, (*own, *of_machine)), "java")
    return (java, "-jar", program, *arguments)


def find_launch(
    command: Sequence[str], user: Mapping[str, str], layout: Layout, agent: str, label: str
) -> Launch:
    """Runs a launcher up to where a JVM has started, and no further.

    Args:
      command: of the launcher.
      user: variables of the target.
      layout: the filled stage.
      agent: path of //rules/hooks:jvm_hooks.
      label: of the target.

    Raises:
      CodSpeedError: it starts no JVM.
    """
    given = {"HOME": layout.home, "PATH": PATH, "RUNFILES_DIR": layout.work, **user}
    options = f"{user.get(_OPTIONS, '')} -agentpath:{agent}=facts={layout.driver}/{_FACTS}".strip()
    printed: list[bytes] = []
    try:
        outcome = run(
            command, {**given, _OPTIONS: options}, layout.main, _TIMEOUT_S, printed.append
        )
        with UntrustedFolder(layout.driver, layout.parent) as folder:
            facts = folder.read(_FACTS, DOCUMENT)
            folder.remove(_FACTS)
        return _launch(facts.decode("utf-8", "surrogateescape").split("\0"), given)
    except (OSError, ValueError) as error:
        raise BenchmarkError(
            f"{label} starts no JVM that can be measured",
            got=f"a program that {outcome}: {b''.join(printed)[-300:]!r}",
            expected="a jar with JMH, or a script or launcher that starts HotSpot 11 or newer, as "
            "java_binary does",
            fix="let the binary end in `exec java -jar benchmarks.jar`, or set another framework",
        ) from error


def _launch(facts: Sequence[str], given: Mapping[str, str]) -> Launch:
    java, class_path, count, *texts = facts
    _, *arguments = texts[: int(count)]
    variables = dict(one.split("=", 1) for one in texts[int(count) :] if "=" in one)
    added = {
        name: value
        for name, value in variables.items()
        if name not in _PASSING and given.get(name) != value
    }
    at = program_at(arguments)
    own = tuple(without_class_path(arguments[:at]))
    return Launch(java, own, class_path, tuple(arguments[at + 1 :]), added)


def program_at(arguments: Sequence[str]) -> int:
    """Returns the index of what names the program: a class, a jar or a module."""
    at = 0
    while at < len(arguments) and arguments[at].startswith(("-", "@")):
        if arguments[at] in _PROGRAM:
            return at + 1
        at += 2 if arguments[at] in _WITH_VALUE else 1
    return at


def without_class_path(options: Sequence[str]) -> Iterator[str]:
    """Yields the options that do not state where the program is."""
    at = 0
    while at < len(options):
        width = 2 if options[at] in _WITH_VALUE else 1
        named = options[at].partition("=")[0]
        if named not in (*_CLASS_PATH, *_PROGRAM):
            yield from options[at : at + width]
        at += width
