"""Makes the bundle of a run: an archive and its metadata for each part. Sends nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from rules_codspeed.contract.executors import Executor
from rules_codspeed.contract.run_environments import CIS, EnvironmentKind
from rules_codspeed.publish.auth.credentials import Credentials
from rules_codspeed.publish.bundle.archive import Archive, write_archive
from rules_codspeed.publish.bundle.bundle import Bundle, draft_bundle
from rules_codspeed.publish.bundle.merge import Profile, merge
from rules_codspeed.publish.bundle.metadata import (
    INSTRUMENT_FILES,
    Instrument,
    build_metadata,
    metadata_bytes,
)
from rules_codspeed.publish.bundle.prefix import prefixed
from rules_codspeed.publish.bundle.system import read_identity, read_system_info
from rules_codspeed.publish.ci.detection import detect
from rules_codspeed.publish.ci.environment import RunEnvironment
from rules_codspeed.publish.ci.git import workspace_prefix
from rules_codspeed.publish.ci.providers import PROVIDERS
from rules_codspeed.publish.ci.run_part import upload_run_part
from rules_codspeed.publish.service.account import Account
from rules_codspeed.publish.service.limits import check_archive
from rules_codspeed.publish.session import Session


@dataclass(frozen=True, slots=True)
class Measured:
    """The profiles of one part, in the order of the suite, what measured, and its log."""

    executor: Executor
    profiles: tuple[Profile, ...]
    log: str

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """What else was observed: the archive has its file."""
        folders = [one.folder for one in self.profiles]
        return tuple(
            instrument
            for instrument, file in INSTRUMENT_FILES.items()
            if any((folder / file).is_file() for folder in folders)
        )


def run_environment(session: Session, account: Account | None) -> RunEnvironment:
    """Reads where the command runs; a wrong setup of the CI is reported before any work.

    Raises:
      PublishError: the run cannot be published from here.
    """
    return detect(
        session.variables,
        session.workspace,
        session.version,
        requested=session.repository,
        project=session.project,
        has_token=session.token is not None,
        resolver=account,
        warn=session.log.warn,
    )


def prepare(
    session: Session,
    where: RunEnvironment,
    credentials: Credentials,
    client: httpx.Client | None,
    measured: Sequence[Measured],
    parent: Path,
    *,
    counted: bool = True,
) -> Bundle:
    """Writes archives and metadata of all parts into a new folder.

    Args:
      session: the command.
      where: of `run_environment`.
      credentials: they know whether the run is tokenless.
      client: asks for tokens; None in a dry run.
      measured: what becomes a part; not empty.
      parent: folder that gets the bundle.
      counted: whether the uploads are counted among those of the CI job.

    Raises:
      PublishError: nothing was measured, it cannot be written, or the service takes less.
    """
    _warn_of_missing_parts(session, where, len(measured))
    system = read_system_info(Path("/"), read_identity(), session.log.warn)
    with draft_bundle(parent) as draft:
        for position, one in enumerate(measured):
            archive = _archive(session, where, one, draft.part_folder())
            check_archive(archive.size, session)
            if client:
                credentials.token(client)
            part = upload_run_part(
                where,
                session.version,
                one.executor,
                position,
                len(measured),
                session.log.warn,
                counted=counted,
            )
            metadata = build_metadata(
                session.version,
                where,
                system,
                executor=one.executor,
                run_part=part,
                run_parts_count=len(measured),
                profile_md5=archive.md5,
                profile_encoding=archive.encoding,
                tokenless=credentials.tokenless,
                allow_empty=session.allow_empty,
                exclude_allocations=session.version.exclude_allocations,
                instruments=one.instruments,
            )
            draft.add(archive, metadata_bytes(metadata))
        return draft.finish(session.upload_url, where.kind.value)


def _warn_of_missing_parts(session: Session, where: RunEnvironment, count: int) -> None:
    """Warns where nothing distinguishes the uploads of a run (spec: upload-environment 7.1)."""
    if count == 1:
        return
    each = f"each of the {count} uploads becomes a run of its own on CodSpeed"
    provider = PROVIDERS.get(where.kind)
    if provider and not provider.has_parts:
        session.log.warn(f"On {_name(where.kind)} runs have no parts: {each}.")
    elif where.kind is EnvironmentKind.LOCAL and session.version.metadata_schema == 8:
        session.log.warn(
            f"Local runs of runner {session.version.version} have no parts: {each}. Speak as "
            "4.12.0 or newer with --runner-version."
        )


def _name(kind: EnvironmentKind) -> str:
    return next(ci.name for ci in CIS if ci.kind is kind)


def _archive(session: Session, where: RunEnvironment, one: Measured, folder: Path) -> Archive:
    prefix = workspace_prefix(where.repository_root_path, session.workspace)
    with tempfile.TemporaryDirectory(prefix="codspeed-") as scratch:
        profiles = prefixed(one.profiles, one.executor, prefix, Path(scratch))
        return write_archive(merge(profiles, one.log), one.executor, folder)
