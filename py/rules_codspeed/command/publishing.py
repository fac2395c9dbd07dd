"""Publishes a suite: prepares, keeps, sends and reports."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import httpx

from rules_codspeed.command.options import Options
from rules_codspeed.publish import events, graphql
from rules_codspeed.publish.account import Account
from rules_codspeed.publish.archive import Executor
from rules_codspeed.publish.bundle import BUNDLE, Bundle, read_bundle
from rules_codspeed.publish.credentials import Credentials
from rules_codspeed.publish.environment import EnvironmentKind
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.http import open_client
from rules_codspeed.publish.local_results import show_results
from rules_codspeed.publish.merge import Profile
from rules_codspeed.publish.metadata import run_hash
from rules_codspeed.publish.polling import poll
from rules_codspeed.publish.prepare import Measured, prepare, run_environment
from rules_codspeed.publish.send import send
from rules_codspeed.publish.session import Session
from rules_codspeed.publish.step_summary import append_step_summary
from rules_codspeed.report.collect import Suite
from rules_codspeed.report.export import UPLOAD
from rules_codspeed.results.model import Results

# What CodSpeed calls the way in which a mode measures; in the order of the uploads.
_EXECUTORS: dict[str, Executor] = {
    "simulation": "valgrind",
    "walltime": "walltime",
    "memory": "memory",
}

Keep = Callable[[Bundle], Bundle]
"""Moves a bundle to where a person wants it."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """A command that publishes.

    Attributes:
      options: what it is asked for.
      session: whom it speaks for.
      stdout: gets the events in JSON, if they are asked for.
      folder: keeps what is uploaded until it is.
    """

    options: Options
    session: Session
    stdout: TextIO
    folder: Path

    def publish(self, suite: Suite, results: Results, keep: Keep | None) -> None:
        """Publishes what a suite measured.

        Args:
          suite: the suite.
          results: of the suite.
          keep: for `--out`; what is kept so stays, also when all is uploaded.

        Raises:
          PublishError: it cannot be published. What was made for it is kept.
        """
        self._check_simulator(results)
        with self._clients() as (client, account):
            where = run_environment(self.session, account)
            credentials = Credentials(
                self.session, is_fork=where.is_fork, is_private=where.is_private
            )
            bundle = prepare(self.session, where, credentials, client, measured(suite), self.folder)
            if keep:
                bundle = keep(bundle)
            if client is None:
                self._tell_dry_run(bundle, kept=keep is not None)
                return
            metadata = bundle.parts[-1].metadata
            sent = self._send(bundle, credentials, client, suite.label)
            if keep is None:
                sent.discard()
            self._report(suite, results, account, sent, metadata)

    def resume(self, folder: Path, label: str) -> None:
        """Sends what an earlier run kept.

        Args:
          folder: a bundle, or the folder of `--out` that holds one.
          label: of the suite.

        Raises:
          PublishError: it is no bundle, or cannot be sent.
        """
        bundle = read_bundle(folder / UPLOAD if (folder / UPLOAD / BUNDLE).exists() else folder)
        if all(part.run_id for part in bundle.parts):
            self.session.log.info(f"All that {bundle.folder} holds is uploaded already.")
            return
        if self.options.upload_url:
            bundle = replace(bundle, upload_url=self.options.upload_url)
        with self._clients() as (client, _):
            if client is None:
                self._tell_dry_run(bundle, kept=True)
                return
            # The metadata tell whether the run has a token; nothing is decided anew.
            credentials = Credentials(self.session, is_fork=True, is_private=False)
            self._send(bundle, credentials, client, label)

    def _check_simulator(self, results: Results) -> None:
        stock = sorted(p.label for p in results.provenance if p.simulator.flavor == "stock")
        if not stock:
            return
        text = (
            f"{len(stock)} targets were measured by the stock Valgrind, such as {stock[0]}. Its "
            "numbers are not comparable with CodSpeed's."
        )
        if self.options.allow_stock or self.session.offline:
            self.session.log.warn(text)
            return
        raise PublishError(
            f"{text} Got: simulator=stock. Expected: CodSpeed's own Valgrind. Fix: measure with "
            "--@rules_codspeed//rules/settings:simulator=codspeed, or publish them all the same "
            "with -- --allow-stock-simulator."
        )

    @contextlib.contextmanager
    def _clients(self) -> Iterator[tuple[httpx.Client | None, Account | None]]:
        """Yields a client for uploads, and the account of a local run; none in a dry run."""
        if self.session.offline:
            yield None, None
            return
        with open_client() as client:
            if self.session.kind is not EnvironmentKind.LOCAL:
                yield client, None
                return
            with graphql.open_client() as api:
                yield client, Account(self.session.api_url, self.session.token, api)

    def _send(
        self, bundle: Bundle, credentials: Credentials, client: httpx.Client, label: str
    ) -> Bundle:
        try:
            return send(self.session, bundle, credentials, client)
        except (PublishError, KeyboardInterrupt) as error:
            raise PublishError(
                f"{str(error) or 'interrupted'}\nNothing is lost: what was to be uploaded is in "
                f"{bundle.folder}. Send it with: bazel run {label} -- --resume {bundle.folder}"
            ) from error

    def _tell_dry_run(self, bundle: Bundle, *, kept: bool) -> None:
        for part in bundle.parts:
            self.session.log.info(
                f"Would upload {part.archive.size} bytes, MD5 {part.archive.md5}, with metadata "
                f"{run_hash(part.metadata)}, by {bundle.upload_url}"
            )
        if kept:
            self.session.log.info(f"Kept in {bundle.folder}")
        else:
            bundle.discard()

    def _report(
        self,
        suite: Suite,
        results: Results,
        account: Account | None,
        sent: Bundle,
        metadata: bytes,
    ) -> None:
        """Tells of the run of the last part, and of its results where they are known."""
        log, variables = self.session.log, self.session.variables
        run_id = sent.parts[-1].run_id or ""
        emit = self._emit if self.options.events else None
        url = None
        if account:
            head = json.loads(metadata)
            run = poll(lambda: account.local_run(head["owner"], head["repository"], run_id))
            show_results(run, run_id, log, terminal=sys.stderr.isatty(), emit=emit)
            url = run.url
        else:
            log.info(f"CodSpeed run: {run_id}")
            if emit:
                emit(events.run_finished(run_id))
        if summary := variables.get("GITHUB_STEP_SUMMARY"):
            append_step_summary(Path(summary), suite.label, results, url, log.warn)

    def _emit(self, event: str) -> None:
        print(event, file=self.stdout, flush=True)


def measured(suite: Suite) -> list[Measured]:
    """Returns the profiles of a suite by executor; each becomes an upload."""
    parts = []
    for mode, executor in _EXECUTORS.items():
        targets = [target for target in suite.targets if target.mode == mode]
        if targets:
            profiles = tuple(Profile(target.label, target.profile) for target in targets)
            labels = "".join(f"{target.label} ({mode})\n" for target in targets)
            log = f"Measured by rules_codspeed for {suite.label}:\n{labels}"
            parts.append(Measured(executor, profiles, log))
    return parts
