"""The errors of publishing."""

from rules_codspeed.contract.errors import CodSpeedError


class PublishError(CodSpeedError):
    """The run cannot be published.

    `command/bench.py` catches it, and reports it in the dialect of the CI's log; a dry run in
    `publish/ci/local.py` goes on without a checkout that cannot be read, and `publish/auth/oidc.py`
    without a token.
    """


class ConflictError(PublishError):
    """The service has another archive of the run part (409), so sending it again does not help.

    `command/publishing.py` catches it, and does not name the command that sends it again.
    """
