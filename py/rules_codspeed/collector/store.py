"""The data folder: metadata, archives, index and key. What it accepted survives a crash.

    archives/<run id>.tar[.gz]   as received
    metadata/<run id>.json       as received
    index.sqlite                 the index of runs
    key                          signs upload URLs
    lock                         held by the collector that serves the folder

A file gets its name when it is complete and on the disk; an archive also has to be
checked first. The names can so be trusted, and the index can be repaired from them.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from rules_codspeed.collector.attempts import check_benchmarks, check_order
from rules_codspeed.collector.durable import (
    lock,
    move_durably,
    remove_parts,
    sync_folder,
    write_durably,
)
from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.incoming import Incoming
from rules_codspeed.collector.index import Index, Run
from rules_codspeed.collector.metadata import Metadata
from rules_codspeed.collector.metadata_parser import parse_metadata, run_hash, run_id
from rules_codspeed.collector.signature import KEY_LENGTH
from rules_codspeed.contract.errors import CodSpeedError

_LOG = logging.getLogger(__name__)


class Store:
    """An open data folder; safe to use from many threads.

    Attributes:
      index: what is there.
    """

    def __init__(self, folder: Path, index: Index, clock: Callable[[], float] = time.time) -> None:
        self.index = index
        self._folder = folder
        self._clock = clock
        self._changing = threading.Lock()

    def key(self) -> bytes:
        """Returns the key of the folder, which is made once."""
        file = self._folder / "key"
        if not file.exists():
            write_durably(file, secrets.token_bytes(KEY_LENGTH), mode=0o600)
        return file.read_bytes()

    def archive(self, run: Run) -> Path:
        """Returns where the archive of a run is, or will be."""
        suffix = ".tar.gz" if run.compressed else ".tar"
        return self._folder / "archives" / f"{run.id}{suffix}"

    def metadata(self, run: Run) -> Path:
        """Returns where the metadata of a run is."""
        return self._folder / "metadata" / f"{run.id}.json"

    def announce(self, body: bytes, metadata: Metadata) -> Run:
        """Stores the metadata of a run; equal metadata are the same run.

        Args:
          body: the exact bytes.
          metadata: what they hold.

        Raises:
          OSError, sqlite3.OperationalError: the disk is full, and nothing is stored.
        """
        run = _run(body, metadata, self._clock())
        with self._changing:
            known = self.index.get(run.id)
            if not known:
                self._add(run, body)
            elif known.state == "superseded":
                # It was stored, so nobody takes it up again: a later attempt made the same bytes.
                self.index.announce_again(run.id, run.created_at)
        return run

    def _add(self, run: Run, body: bytes) -> None:
        file = self.metadata(run)
        write_durably(file, body)
        try:
            self.index.add(run)
        except BaseException:
            file.unlink()
            raise

    def check_open(self, run: Run) -> Run | None:
        """Checks that a run may have an archive.

        Returns:
          the earlier attempt, whose archive its run part has; None where it has none.

        Raises:
          Refusal: 409, another job or a later attempt has its run part.
        """
        holder = self.index.holder(run)
        if holder:
            with self._refusing(run):
                check_order(run, holder)
        return holder

    def accept(self, run: Run, incoming: Incoming) -> None:
        """Checks what was received, and makes it the archive of a run.

        Raises:
          Refusal: 400, 409, 422: it is not accepted, and nothing is stored.
          OSError, sqlite3.OperationalError: the disk is full, and nothing is stored.
        """
        incoming.finish(run)
        holder = self.check_open(run)
        if holder:
            # It may take long, so others go on meanwhile.
            with self._refusing(run):
                check_benchmarks(run, incoming.file, holder, self.archive(holder))
        with self._changing:
            current = self.index.get(run.id)
            if current and current.state == "complete":
                return
            # Where another one came meanwhile, it came after this run was announced.
            holder = self.check_open(run)
            self._keep(run, incoming.file, holder)

    def _keep(self, run: Run, file: Path, holder: Run | None) -> None:
        archive, now = self.archive(run), self._clock()
        # It is there, and equal, where an attempt has the bytes of one before the last.
        is_new = not archive.exists()
        if is_new:
            move_durably(file, archive)
        try:
            # For an index that is made again: the kernel's own times may be equal.
            os.utime(archive, (now, now))
            self.index.complete(run.id, now, archive.stat().st_size, holder)
        except BaseException:
            if is_new:
                archive.unlink()
            raise

    @contextmanager
    def _refusing(self, run: Run) -> Iterator[None]:
        """Records that a run is refused."""
        try:
            yield
        except Refusal:
            self.index.refuse(run.id)
            raise

    def reconcile(self) -> None:
        """Cleans up after a crash: removes partial files, fixes the index."""
        for name in ("metadata", "archives"):
            folder = self._folder / name
            folder.mkdir(exist_ok=True)
            remove_parts(folder)
        remove_parts(self._folder)
        sync_folder(self._folder)
        for file in sorted((self._folder / "metadata").glob("*.json")):
            if not self.index.get(file.stem):
                self._add_again(file)
        found: list[tuple[float, int, Run]] = []
        for run in self.index.all():
            archive = self.archive(run)
            if archive.exists():
                status = archive.stat()
                found.append((status.st_mtime, status.st_size, run))
            elif run.state in ("complete", "superseded"):
                _LOG.warning("run %s lost its archive %s", run.id, archive)
                self.index.reopen(run.id)
        for modified, size, run in sorted(found, key=itemgetter(0)):
            if run.state == "pending":
                self._complete_again(run, modified, size)

    def _complete_again(self, run: Run, modified: float, size: int) -> None:
        """Records an archive that is there; of several of a run part, the last one holds it."""
        holder = self.index.holder(run)
        if holder and holder.completed_at and holder.completed_at > modified:
            self.index.supersede(run.id)
        else:
            self.index.complete(run.id, modified, size, holder)

    def _add_again(self, file: Path) -> None:
        body = file.read_bytes()
        try:
            metadata = parse_metadata(body)
        except Refusal as refusal:
            _LOG.warning("ignored %s: %s", file, refusal)
            return
        if run_id(body) == file.stem:
            self.index.add(_run(body, metadata, file.stat().st_mtime))


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """Opens a data folder, or makes it, and keeps other collectors away from it.

    Raises:
      CodSpeedError: another collector serves it, or it cannot be used.
    """
    with _claim(folder), closing(Index(folder / "index.sqlite")) as index:
        store = Store(folder, index)
        store.reconcile()
        yield store


def _claim(folder: Path) -> BinaryIO:
    """Returns what keeps a folder claimed until it is closed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return lock(folder / "lock")
    except BlockingIOError as error:
        raise CodSpeedError(
            f"cannot serve {folder}",
            got="another collector that serves it",
            expected="one per folder",
            fix="stop the other one, or choose another --data",
        ) from error
    except OSError as error:
        raise CodSpeedError(
            f"cannot serve {folder}",
            got=error,
            expected="a writable folder",
            fix="choose another --data",
        ) from error


def _run(body: bytes, metadata: Metadata, created_at: float) -> Run:
    part = metadata.run_part
    return Run(
        id=run_id(body),
        run_hash=run_hash(body),
        provider=metadata.repository_provider,
        repository=f"{metadata.owner}/{metadata.repository}",
        environment=metadata.run_environment,
        executor=metadata.runner.executor,
        commit_hash=metadata.commit_hash,
        ref=metadata.ref,
        ci_run_id=part.run_id if part else None,
        run_part_id=part.run_part_id if part else None,
        parts=metadata.local_data.expected_run_parts_count if metadata.local_data else 1,
        profile_md5=metadata.profile_md5,
        compressed=int(metadata.profile_encoding == "gzip"),
        state="pending",
        created_at=created_at,
        completed_at=None,
        metadata_bytes=len(body),
        archive_bytes=None,
    )
