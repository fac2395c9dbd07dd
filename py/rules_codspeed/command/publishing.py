"""Publishes a suite: prepares, keeps, sends and reports."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import httpx

from rules_codspeed.command.options import Options
from rules_codspeed.command.parts import measured, not_uploaded
from rules_codspeed.command.publishable import check_publishable
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.printing import print_json, print_message
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish import events
from rules_codspeed.publish.auth.credentials import Credentials
from rules_codspeed.publish.bundle.bundle import Bundle
from rules_codspeed.publish.bundle.metadata import metadata_head, run_hash
from rules_codspeed.publish.bundle.profile_layout import check_profile_layout
from rules_codspeed.publish.ci.local import OFFLINE
from rules_codspeed.publish.errors import ConflictError, PublishError
from rules_codspeed.publish.prepare import prepare, run_environment
from rules_codspeed.publish.service import graphql
from rules_codspeed.publish.service.account import Account
from rules_codspeed.publish.service.http import open_client
from rules_codspeed.publish.service.local_results import show_results
from rules_codspeed.publish.service.polling import poll
from rules_codspeed.publish.service.send import send
from rules_codspeed.publish.service.upload import check_upload_url, shown_url
from rules_codspeed.publish.session import Session
from rules_codspeed.publish.step_summary import append_step_summary
from rules_codspeed.report.collect import Suite
from rules_codspeed.results.mixed import mixed_labels
from rules_codspeed.results.model import Results
from rules_codspeed.results.modes.simulation import is_stock

Export = Callable[[Bundle], None]
"""Copies a bundle to where a person wants it; called again once all of it is uploaded."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """A command that publishes.

    Attributes:
      options: of the command line.
      session: what all steps of publishing share.
      stdout: gets the events in JSON, if they are asked for.
      folder: keeps what is uploaded until it is.
    """

    options: Options
    session: Session
    stdout: TextIO
    folder: Path

    def publish(self, suite: Suite, results: Results, export: Export | None) -> None:
        """Publishes what a suite measured.

        Args:
          suite: the suite.
          results: of the suite.
          export: for `--out`.

        Raises:
          PublishError: it cannot be published. What was made for it is kept.
        """
        check_upload_url(self.session.upload_url)
        self._summarize(suite, results)
        check_publishable(results, self.session, allow_failed=self.options.allow_failed)
        if not (self._by_codspeed(results) and self._of_one_machine(results)):
            return
        for one in results.provenance:
            if one.walltime:
                check_profile_layout(one.label, one.walltime.runner_version, self.session.version)
        imported = [one.label for one in results.provenance if one.imported]
        if imported:
            text = f"{len(imported)} imported, such as {imported[0]}, is not uploaded"
            self.session.log.warn(f"{text}: CodSpeed takes what was measured with its runner.")
        if len(imported) == len(suite.targets):
            return
        parts = measured(suite)
        if left_out := not_uploaded(suite):
            self.session.log.warn(f"{left_out}.")
        with self._clients() as (client, account):
            where = run_environment(self.session, account)
            credentials = Credentials(
                self.session, is_fork=where.is_fork, is_private=where.is_private
            )
            # A bundle that is thrown away needs no index of its own.
            counted = not self.session.offline or export is not None
            bundle = prepare(
                self.session, where, credentials, client, parts, self.folder, counted=counted
            )
            self._export(bundle, export, suite.label)
            if client is None:
                self._report_dry_run(bundle)
                bundle.discard()
                return
            sent = self._send(bundle, credentials, client, suite.label)
            if export:
                export(sent)
            sent.discard()
            self._report(sent, account, bundle.parts[-1].metadata)

    def resume(self, bundle: Bundle, label: str) -> None:
        """Sends what an earlier run kept.

        Args:
          bundle: what it kept.
          label: of the suite.

        Raises:
          PublishError: it must not be sent, or cannot be.
        """
        pending = [part for part in bundle.parts if part.run_id is None]
        if not pending:
            self.session.log.info(f"All that {bundle.folder} holds is uploaded already.")
            return
        self._check_resumable(bundle, pending[-1].metadata)
        with self._clients() as (client, account):
            if client is None:
                self._report_dry_run(bundle)
                return
            # The metadata state whether the run has a token; nothing is decided again.
            credentials = Credentials(self.session, is_fork=True, is_private=False)
            sent = self._send(bundle, credentials, client, label)
            self._report(sent, account, pending[-1].metadata)
        if self.folder in sent.folder.parents:
            sent.discard()

    def _check_resumable(self, bundle: Bundle, metadata: bytes) -> None:
        """Refuses a bundle that would send a token elsewhere, or belongs to nothing."""
        check_upload_url(self.session.upload_url)
        if bundle.upload_url != self.session.upload_url:
            raise PublishError(
                f"{bundle.folder} is for another service, which would get the token",
                got=shown_url(bundle.upload_url),
                expected=shown_url(self.session.upload_url),
                fix="pass its address with --upload-url if you trust it",
            )
        head = metadata_head(metadata)
        if (head.run_environment, head.owner, head.repository) == OFFLINE:
            raise PublishError(
                f"{bundle.folder} belongs to no repository",
                got="a local run that was made without asking CodSpeed",
                expected="a run of a repository",
                fix="publish again with 'bazel run', without --dry-run",
            )

    def _by_codspeed(self, results: Results) -> bool:
        """Returns whether to go on: numbers of the stock simulator are published on demand only."""
        stock = sorted(one.label for one in results.provenance if is_stock(one))
        if not stock:
            return True
        text = (
            f"{len(stock)} targets were measured by the stock Valgrind, such as {stock[0]}. Its "
            "numbers are not comparable with CodSpeed's."
        )
        return self._allowed(
            self.options.allow_stock,
            text,
            "Measure with --@rules_codspeed//rules/settings:simulator=codspeed, or publish them "
            "anyway with -- --allow-stock-simulator.",
        )

    def _of_one_machine(self, results: Results) -> bool:
        """Returns whether to go on: a mixed suite is published on demand only."""
        if not results.mixed:
            return True
        labels = mixed_labels(results.mixed)
        facts = ", ".join(dict.fromkeys(one.what for one in results.mixed))
        return self._allowed(
            self.options.allow_mixed,
            f"The machines that measured {len(labels)} targets, such as {labels[0]}, differ in "
            f"{facts}. The numbers of such a run are not comparable with each other.",
            "Measure on machines of one image, or give those of each image a "
            "--@rules_codspeed//rules/settings:host_key of its own; or publish them anyway with "
            "-- --allow-mixed-machines.",
        )

    def _allowed(self, allowed: bool, text: str, advice: str) -> bool:
        """Returns whether numbers are published that compare badly; a CI's run fails instead."""
        if allowed or self.session.offline:
            self.session.log.warn(text)
            return True
        if self.session.kind is EnvironmentKind.LOCAL:
            self.session.log.warn(f"Not published: {text} {advice}")
            return False
        raise PublishError(f"{text} {advice}", fix=None)

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

    def _export(self, bundle: Bundle, export: Export | None, label: str) -> None:
        try:
            if export:
                export(bundle)
        except CodSpeedError as error:
            if self.session.offline:
                bundle.discard()
                raise
            raise PublishError(f"{error}\n{self._kept(bundle, label)}", fix=None) from error

    def _send(
        self, bundle: Bundle, credentials: Credentials, client: httpx.Client, label: str
    ) -> Bundle:
        try:
            with bundle.locked():
                return send(self.session, bundle, credentials, client)
        except BrokenPipeError:
            # Nobody reads the log anymore.
            print_message(self._kept(bundle, label))
            raise
        except ConflictError as error:
            kept = (
                f"What was to be uploaded is in {bundle.folder}. The service refuses it as long "
                "as another archive has its run part."
            )
            raise PublishError(f"{error}\n{kept}", fix=None) from error
        except (PublishError, KeyboardInterrupt) as error:
            reason = str(error) or "interrupted"
            raise PublishError(f"{reason}\n{self._kept(bundle, label)}", fix=None) from error

    def _kept(self, bundle: Bundle, label: str) -> str:
        command = ["bazel", "run", label, "--", "--resume", str(bundle.folder)]
        if self.options.upload_url and "?" not in self.options.upload_url:
            command += ["--upload-url", self.options.upload_url]
        return (
            f"Nothing is lost: what was to be uploaded is in {bundle.folder}. "
            f"Send it with: {shlex.join(command)}"
        )

    def _report_dry_run(self, bundle: Bundle) -> None:
        for part in bundle.parts:
            if part.run_id is None:
                self.session.log.info(
                    f"Would upload {part.archive.size} bytes, MD5 {part.archive.md5}, with "
                    f"metadata {run_hash(part.metadata)}, by {shown_url(bundle.upload_url)}"
                )

    def _summarize(self, suite: Suite, results: Results) -> None:
        """Adds the results to the summary of a step on GitHub, even if the upload fails."""
        summary = self.session.variables.get("GITHUB_STEP_SUMMARY")
        if summary and self.session.kind is EnvironmentKind.GITHUB_ACTIONS:
            append_step_summary(Path(summary), suite.label, results, None, self.session.log.warn)

    def _report(self, sent: Bundle, account: Account | None, metadata: bytes) -> None:
        """Reports the run of the last part, and its results where they are known."""
        log = self.session.log
        run_id = sent.parts[-1].run_id or ""
        emit = self._emit if self.options.events else None
        if account:
            head = metadata_head(metadata)
            run = poll(lambda: account.local_run(head.owner, head.repository, run_id))
            show_results(run, run_id, log, terminal=sys.stderr.isatty(), emit=emit)
            return
        log.info(f"CodSpeed run: {run_id}")
        if emit:
            emit(events.run_finished(run_id))

    def _emit(self, event: str) -> None:
        print_json(event, self.stdout)
