"""Makes what publishers send, for tests: metadata and archives, written independently of both."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.publish.upload_vectors import vectors

_RUN_ID = "6f1c1a52-7a5e-4c7e-9b1e-2f0d3f6a9b10"
TOKEN = "token-of-a-test"


def compact(document: object) -> bytes:
    """Returns JSON as the runner writes it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def md5(content: bytes) -> str:
    """Returns the hash of an archive as the protocol spells it."""
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def document(vector: str, archive: bytes, **changes: Any) -> dict[str, Any]:
    """Returns the metadata of a vector for another archive, with some keys changed."""
    body = json.loads(vectors()[vector][0])
    return {**body, "profileMd5": md5(archive), **changes}


def tar(files: Mapping[str, bytes], **header: Any) -> bytes:
    """Returns a tar of files; `header` changes fields of their headers."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        root = tarfile.TarInfo("./")
        root.type = tarfile.DIRTYPE
        archive.addfile(root)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for key, value in header.items():
                setattr(entry, key, value)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """Returns a compressed tar, as of a simulation."""
    return gzip.compress(tar(files), mtime=0)


def profile(costs: Mapping[str, int]) -> bytes:
    """Returns a profile of callgrind with a part for each benchmark."""
    parts = [
        f"part: {number}\n\ndesc: Trigger: Client Request: {uri}\n\npositions: line\n"
        f"events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw\nfl=b/x.cc\nfn=work\n"
        f"1 {cost} 9 9 1 1 1 0 0 0\n\ntotals: {cost} 9 9 1 1 1 0 0 0\n"
        for number, (uri, cost) in enumerate(costs.items(), 1)
    ]
    head = (
        "# callgrind format\nversion: 1\ncreator: callgrind-3.26.0.codspeed6\npid: 1\ncmd:  b/x\n"
    )
    return (head + "\n".join(parts)).encode()


@dataclass(frozen=True)
class Upload:
    """A run to send: the metadata's bytes and the archive's."""

    body: bytes
    archive: bytes
    compressed: bool

    @property
    def run_id(self) -> str:
        """The identity that the collector gives it."""
        return hashlib.sha256(self.body).hexdigest()[:24]

    def announce(self, client: httpx.Client) -> httpx.Response:
        """Asks for the upload slot."""
        return client.post("/upload", content=self.body, headers=slot_headers())

    def url(self, client: httpx.Client) -> str:
        """Returns the upload URL of the slot."""
        answer = self.announce(client)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["uploadUrl"])

    def headers(self) -> dict[str, str]:
        """Returns the headers of the transfer."""
        encoding = {"Content-Encoding": "gzip"} if self.compressed else {}
        return {
            "User-Agent": "codspeed-runner",
            "Content-Type": "application/x-tar",
            "Content-MD5": md5(self.archive),
            **encoding,
        }

    def put(self, client: httpx.Client) -> httpx.Response:
        """Gets a slot and sends the archive."""
        return client.put(self.url(client), content=self.archive, headers=self.headers())


def slot_headers(**changes: str | None) -> dict[str, str]:
    """Returns the headers of the slot request; a change to None drops one."""
    headers: dict[str, str | None] = {
        "User-Agent": "codspeed-runner",
        "Content-Type": "application/json",
        "Authorization": TOKEN,
        **changes,
    }
    return {name: value for name, value in headers.items() if value is not None}


def simulation(files: Mapping[str, bytes], run: str = "9876543212", **changes: Any) -> Upload:
    """Returns a simulation in some run of GitHub Actions (vector F)."""
    archive = tar_gz(files)
    body = document("F", archive)
    body["runPart"]["runId"] = body["ghData"]["runId"] = run
    return Upload(compact({**body, **changes}), archive, True)


def plain(archive: bytes, part: int = 1, count: int = 2, **changes: Any) -> Upload:
    """Returns a part of a local walltime run (vector G) with any archive."""
    executor = changes.get("runner", {}).get("executor", "walltime")
    suffix = {"executor": executor, "run-part-index": part}
    run_part = {
        "runId": _RUN_ID,
        "runPartId": f"local-job-{compact(suffix).decode()}",
        "jobName": "local-job",
        "metadata": suffix,
    }
    local = {"expectedRunPartsCount": count}
    body = document("G", archive, runPart=run_part, localData=local, **changes)
    return Upload(compact(body), archive, False)
