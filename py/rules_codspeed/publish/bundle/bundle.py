"""The folder that keeps what a run wants to upload, until it is uploaded.

Layout: `bundle.json`, which is written last, and `part-<n>/` with the archive and
`metadata.json`, the bytes to POST. No token is ever in it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.alias_generators import to_camel

from rules_codspeed.contract.output.atomic import new_file, sync_folder
from rules_codspeed.contract.output.parts import remove_parts
from rules_codspeed.contract.run_environments import RunEnvironmentName
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.publish.bundle.archive import Archive, archive_name, file_md5
from rules_codspeed.publish.bundle.draft_folder import draft_folder, remove_stale
from rules_codspeed.publish.bundle.folder_lock import locked_folder
from rules_codspeed.publish.bundle.metadata import metadata_head
from rules_codspeed.publish.errors import PublishError

BUNDLE = "bundle.json"
METADATA = "metadata.json"
SCHEMA: Literal["rules_codspeed.bundle/1"] = "rules_codspeed.bundle/1"

_FIX = "publish again with 'bazel run'"


@dataclass(frozen=True, slots=True)
class Part:
    """A run part: what is sent, and the run it became part of; None while it is pending."""

    archive: Archive
    metadata: bytes
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on the disk.

    Attributes:
      folder: where it is.
      upload_url: where it is to be sent.
      environment: `runEnvironment` of the metadata, such as `GITHUB_ACTIONS`.
      parts: in the order of upload.
    """

    folder: Path
    upload_url: str
    environment: str
    parts: tuple[Part, ...]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from sending this bundle, in a `with` statement.

        Raises:
          PublishError: another process is sending it, or has sent some of it since it was read.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked_folder(self.folder))
            except BlockingIOError as error:
                raise PublishError(
                    f"{self.folder} is being sent by another process",
                    expected="one process that sends it",
                    fix="wait until the other one ends",
                ) from error
            except OSError as error:
                raise _no_bundle(self.folder, str(error.strerror)) from error
            if _read_record(self.folder) != _record(self):
                raise _no_bundle(self.folder, f"{BUNDLE}: another process changed it just now")
            yield

    def with_uploaded(self, index: int, run_id: str) -> Bundle:
        """Records that a part is uploaded; returns the bundle as it is now.

        Raises:
          PublishError: it cannot be written.
        """
        parts = list(self.parts)
        parts[index] = replace(parts[index], run_id=run_id)
        bundle = replace(self, parts=tuple(parts))
        with _writing(self.folder):
            _write_record(bundle)
        return bundle

    def discard(self) -> None:
        """Removes the files of the bundle, and the folders that are empty then.

        Raises:
          PublishError: one cannot be removed.
        """
        with _writing(self.folder):
            remove_parts(self.folder)
            (self.folder / BUNDLE).unlink(missing_ok=True)
            for part in self.parts:
                folder = part.archive.path.parent
                part.archive.path.unlink(missing_ok=True)
                (folder / METADATA).unlink(missing_ok=True)
                _remove_empty(folder)
            _remove_empty(self.folder)


class BundleDraft:
    """A bundle in the making, in a hidden folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Part] = []

    def part_folder(self) -> Path:
        """Returns the folder that the archive of the next part is to be written to."""
        return _part_folder(self._folder, len(self._parts))

    def add(self, archive: Archive, metadata: bytes) -> None:
        """Adds a part, whose archive is in `part_folder`."""
        self._parts.append(Part(archive, metadata))

    def finish(self, upload_url: str, environment: str) -> Bundle:
        """Writes what is missing, waits until all is on the disk, and gives the folder its name.

        Raises:
          PublishError: it cannot be written.
        """
        try:
            upload_url.encode()
        except UnicodeEncodeError as error:
            raise PublishError(
                "the upload URL cannot be kept",
                got="bytes that are not UTF-8",
                expected="a URL",
                fix="check --upload-url and CODSPEED_UPLOAD_URL",
            ) from error
        final = self._folder.with_name(self._folder.name.lstrip("."))
        draft = Bundle(self._folder, upload_url, environment, tuple(self._parts))
        with _writing(final):
            for part in self._parts:
                with new_file(part.archive.path.parent / METADATA) as file:
                    file.write(part.metadata)
            _write_record(draft)
            os.rename(self._folder, final)
            sync_folder(final.parent)
        parts = [replace(one, archive=_moved(one.archive, final)) for one in self._parts]
        return replace(draft, folder=final, parts=tuple(parts))


@contextlib.contextmanager
def draft_bundle(parent: Path) -> Iterator[BundleDraft]:
    """Starts a bundle in a new folder; what is not finished is removed.

    Args:
      parent: folder that holds bundles; made if it is missing.

    Raises:
      PublishError: no folder can be made.
    """
    with contextlib.ExitStack() as stack:
        with _writing(parent):
            parent.mkdir(parents=True, exist_ok=True)
            remove_stale(parent)
            folder = stack.enter_context(draft_folder(parent))
        yield BundleDraft(folder)


def read_bundle(folder: Path) -> Bundle:
    """Reads a bundle, and checks that what is not yet uploaded is as it was written.

    Raises:
      PublishError: it is not a bundle, or was changed.
    """
    record = _read_record(folder)
    parts = tuple(_read_part(folder, index, one) for index, one in enumerate(record.parts))
    return Bundle(folder, record.upload_url, record.run_environment, parts)


def _read_record(folder: Path) -> _BundleRecord:
    try:
        return parse_json(_RECORD, read_document(folder / BUNDLE), show_input=True)
    except OSError as error:
        raise _no_bundle(folder, f"{BUNDLE}: {error.strerror}") from error
    except DocumentError as error:
        raise _no_bundle(folder, f"{BUNDLE}: {str(error).splitlines()[0]}") from error


def _read_part(folder: Path, index: int, record: _PartRecord) -> Part:
    below = _part_folder(folder, index)
    path = below / archive_name(record.encoding)
    archive = Archive(path, record.md5, record.size, record.encoding)
    if record.run_id is not None:
        return Part(archive, b"", record.run_id)
    name = f"{below.name}/{path.name}"
    try:
        with path.open("rb") as file:
            if file_md5(file) != (archive.md5, archive.size):
                raise _no_bundle(folder, f"{name}: it was changed since it was written")
        name = f"{below.name}/{METADATA}"
        metadata = read_document(below / METADATA)
        if metadata_head(metadata).profile_md5 != archive.md5:
            raise _no_bundle(folder, f"{name}: it is of another archive")
    except OSError as error:
        raise _no_bundle(folder, f"{name}: {error.strerror}") from error
    except DocumentError as error:
        got = f"{name}, which is not the metadata of a run: {str(error).splitlines()[0]}"
        raise _no_bundle(folder, got) from error
    return Part(archive, metadata)


def _no_bundle(folder: Path, got: str) -> PublishError:
    return PublishError(
        f"{folder} is not a bundle that can be uploaded",
        got=got,
        expected="a folder that an earlier run kept, as it was written",
        fix=f"{_FIX}, or check the argument of --resume",
    )


class _Record(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class _PartRecord(_Record):
    md5: str = Field(pattern="^[0-9A-Za-z+/]{22}==$")
    size: int = Field(ge=0)
    encoding: Literal["gzip"] | None
    state: Literal["pending", "uploaded"]
    run_id: str | None

    @model_validator(mode="after")
    def _check(self) -> _PartRecord:
        if (self.state == "uploaded") != (self.run_id is not None):
            raise ValueError("runId is there if and only if the part is uploaded")
        return self


class _BundleRecord(_Record):
    schema_: Literal["rules_codspeed.bundle/1"] = Field(alias="schema")
    upload_url: str
    run_environment: RunEnvironmentName
    parts: list[_PartRecord] = Field(min_length=1)


_RECORD = TypeAdapter(_BundleRecord)


def _record(bundle: Bundle) -> _BundleRecord:
    parts = [
        {
            "md5": one.archive.md5,
            "size": one.archive.size,
            "encoding": one.archive.encoding,
            "state": "pending" if one.run_id is None else "uploaded",
            "runId": one.run_id,
        }
        for one in bundle.parts
    ]
    return _BundleRecord.model_validate(
        {
            "schema": SCHEMA,
            "uploadUrl": bundle.upload_url,
            "runEnvironment": bundle.environment,
            "parts": parts,
        }
    )


def _write_record(bundle: Bundle) -> None:
    record = _record(bundle)
    with new_file(bundle.folder / BUNDLE) as file:
        file.write(record.model_dump_json(by_alias=True, indent=2).encode() + b"\n")


def _part_folder(folder: Path, index: int) -> Path:
    return folder / f"part-{index}"


def _moved(archive: Archive, folder: Path) -> Archive:
    return replace(archive, path=folder / archive.path.parent.name / archive.path.name)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # never delete somebody's work
        folder.rmdir()


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(
            f"cannot keep the run in {folder}",
            got=error.strerror,
            expected="a writable folder on a disk with free space",
            fix="make room, or choose another folder with XDG_STATE_HOME or --out",
        ) from error
