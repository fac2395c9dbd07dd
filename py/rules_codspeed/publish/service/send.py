"""Sends the parts of a bundle that are not uploaded yet (spec: upload 1)."""

from __future__ import annotations

import httpx

from rules_codspeed.publish.auth.credentials import Credentials
from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.bundle.bundle import Bundle, Part
from rules_codspeed.publish.bundle.metadata import MetadataHead, metadata_head, run_hash
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.http import RetryPolicy
from rules_codspeed.publish.service.upload import RETRIES, put_archive, request_slot
from rules_codspeed.publish.session import Session


def send(
    session: Session,
    bundle: Bundle,
    credentials: Credentials,
    client: httpx.Client,
    policy: RetryPolicy = RETRIES,
) -> Bundle:
    """Uploads what is pending; what was uploaded is recorded in the bundle as it goes.

    Returns:
      the bundle, all of it uploaded.

    Raises:
      PublishError: a part cannot be uploaded. Those before it are, and the bundle is kept.
    """
    log = session.log
    head: MetadataHead | None = None
    with log.group("Uploading results"):
        for index, part in enumerate(bundle.parts):
            if part.run_id is not None:
                continue
            if len(bundle.parts) > 1:
                log.info(f"Uploading results {index + 1}/{len(bundle.parts)}")
            head = metadata_head(part.metadata)
            token = None if head.tokenless else _token(credentials, client)
            run_id = _send_part(session, bundle.upload_url, part, token, client, policy)
            bundle = bundle.with_uploaded(index, run_id)
        if head:
            log.info(f"Linked repository: {head.owner}/{head.repository}")
        log.info("Performance data uploaded")
    return bundle


def _token(credentials: Credentials, client: httpx.Client) -> Secret:
    token = credentials.token(client)
    if token is None:
        raise PublishError(
            "the run needs a token",
            got="none now, and one when the run was made",
            expected="a token",
            fix="set CODSPEED_TOKEN, or publish again with 'bazel run'",
        )
    return token


def _send_part(
    session: Session,
    upload_url: str,
    part: Part,
    token: Secret | None,
    client: httpx.Client,
    policy: RetryPolicy,
) -> str:
    """Uploads one part; returns the identity of its run."""
    if token is None:
        # On a line of its own, before the request: CodSpeed looks for it in the public log.
        session.log.info(f'CodSpeed Run Hash: "{run_hash(part.metadata)}"')
    slot = request_slot(client, upload_url, part.metadata, token, session.log, policy)
    put_archive(client, slot, part.archive, session.log, policy)
    return slot.run_id
