"""What services where changes are reviewed read of the variables of a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rules_codspeed.contract.run_environments import CIS, EnvironmentKind
from rules_codspeed.publish.auth.secret import Secret, parse_token
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.review.review import Desk


def is_ci(kind: EnvironmentKind) -> Callable[[Mapping[str, str]], bool]:
    """Returns the function that states whether variables are those of a job of a provider."""
    variable = next(ci.variable for ci in CIS if ci.kind is kind)
    return lambda variables: variables.get(variable) == "true"


def number(variables: Mapping[str, str], name: str) -> int:
    """Returns a variable that is a number; 0 where it is none: it only orders runs."""
    text = variables.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 0


def token_of(desk: Desk, names: Sequence[str]) -> Secret:
    """Returns the first token there is; no message of the log shows it from now on.

    Raises:
      PublishError: there is none.
      PublishError: it cannot be sent.
    """
    for name in names:
        if token := parse_token(desk.variables.get(name, ""), name):
            desk.log.register_secret(token)
            return token
    raise PublishError(
        "there is no token",
        got=f"no variable {' or '.join(names)}",
        expected="a token that may write comments",
        fix="pass it in the environment of the job",
    )
