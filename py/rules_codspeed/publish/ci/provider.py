"""What the publisher has to know about a CI provider: one object per provider, in its own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.publish.ci.environment import RunEnvironment
from rules_codspeed.publish.ci.log_dialects import Dialect


@dataclass(frozen=True, slots=True)
class Job:
    """The job that publishes.

    Attributes:
      variables: its environment.
      workspace: folder in the checkout.
      version: which runner we speak as: how the numbers of a matrix are written.
      has_token: whether there is a token.
    """

    variables: Mapping[str, str]
    workspace: Path
    version: Runner
    has_token: bool


def _never(variables: Mapping[str, str]) -> bool:
    del variables
    return False


@dataclass(frozen=True, slots=True)
class Provider:
    """A CI provider.

    Attributes:
      kind: what the run metadata calls it.
      read: reads the environment of a job; raises PublishError if it cannot be published.
      dialect: makes the dialect of its log from a clock in seconds since 1970.
      unauthorized: what to do when the service does not accept the uploader.
      wants_details: whether the job asks for every detail in the log.
      has_parts: whether uploads of one run can be distinguished.
    """

    kind: EnvironmentKind
    read: Callable[[Job], RunEnvironment]
    dialect: Callable[[Callable[[], float]], Dialect]
    unauthorized: str
    wants_details: Callable[[Mapping[str, str]], bool] = _never
    has_parts: bool = True


AUTHENTICATION_PAGE = "https://codspeed.io/docs/integrations/ci/{}/configuration#authentication"
"""CodSpeed's page on how uploads from a provider authenticate."""
