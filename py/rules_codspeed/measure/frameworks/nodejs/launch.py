"""How a launcher starts Node: what a js_binary, a script or `#!/usr/bin/env node` comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.frameworks.nodejs.preloaded import FACTS
from rules_codspeed.measure.stage.environment import PATH
from rules_codspeed.measure.stage.process import run
from rules_codspeed.measure.stage.staging import Layout

_MODULE, _FACTS = "node_facts.mjs", "node_facts.json"
_VARIABLE = "CODSPEED_NODE_FACTS"
_TIMEOUT_S = 60
# Of the shell, and ours.
_PASSING = {"NODE_OPTIONS", "OLDPWD", "PWD", "SHLVL", "_", _VARIABLE}


class Launch(NamedTuple):
    """How Node is started.

    Attributes:
      node: absolute path of the interpreter.
      options: that the launcher gives it.
      script: absolute path of the program.
      arguments: of the program.
      variables: that the launcher adds.
      version: of Node.
    """

    node: str
    options: tuple[str, ...]
    script: str
    arguments: tuple[str, ...]
    variables: dict[str, str]
    version: str


def find_launch(
    command: Sequence[str], user: Mapping[str, str], layout: Layout, label: str
) -> Launch:
    """Runs a launcher up to where Node has started, and no further.

    Args:
      command: of the launcher.
      user: variables of the target.
      layout: the filled stage.
      label: of the target.

    Raises:
      CodSpeedError: it starts no Node, or one older than 20.
    """
    module = f"{layout.driver}/{_MODULE}"
    with open(module, "w", encoding="utf-8") as file:
        file.write(FACTS)
    given = {"HOME": layout.home, "PATH": PATH, "RUNFILES_DIR": layout.work, **user}
    options = f"{user.get('NODE_OPTIONS', '')} --import=file://{module}".strip()
    asked = {**given, "NODE_OPTIONS": options, _VARIABLE: f"{layout.driver}/{_FACTS}"}
    printed: list[bytes] = []
    outcome = run(command, asked, layout.main, _TIMEOUT_S, printed.append)
    try:
        with UntrustedFolder(layout.driver, layout.parent) as folder:
            facts = load_json(folder.read(_FACTS, DOCUMENT))
            folder.remove(_FACTS)
        return _launch(facts, given)
    except (FileNotFoundError, DocumentError, KeyError, TypeError, ValueError) as error:
        raise BenchmarkError(
            f"{label} starts no Node that can be measured",
            got=f"a program that {outcome}: {b''.join(printed)[-300:]!r}",
            expected="a script or launcher that starts Node 20 or newer on a program, as "
            "js_binary does",
            fix="let the binary end in `exec node program.mjs`, or choose another framework",
        ) from error


def _launch(facts: Any, given: Mapping[str, str]) -> Launch:
    _, script, *arguments = map(str, facts["argv"])
    added = {
        str(name): str(value)
        for name, value in facts["env"].items()
        if name not in _PASSING and given.get(name) != value
    }
    options = tuple(map(str, facts["execArgv"]))
    version = str(facts["version"])
    return Launch(str(facts["execPath"]), options, script, tuple(arguments), added, version)
