"""Tables, installers and releases that the tests make up."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from tests.tools.archives.server import Answer, Server

CPUS = {"linux_aarch64": "aarch64", "linux_x86_64": "x86_64"}
HOST = "releases.example"

_INSTALLER = """\
#!/bin/sh
# In the shape of dist's installers (spec: pins 11). Running it would be a defect.
set -u
APP_NAME="codspeed-runner"

download_and_install() {{
    case "$1" in
        --help)
            usage
            exit 0
            ;;
    esac
    case "$_artifact_name" in{branches}
        *)
            err "no such archive: $_artifact_name"
            ;;
    esac
}}

download_and_install "$@" || exit 1
"""
_BRANCH = """
        "{archive}")
            _arch="some-target"
            _zip_ext=".tar.gz"{checksum}
            _bins="codspeed"
            _updater_name=""
            ;;"""
_CHECKSUM = """
            _checksum_style="{style}"
            _checksum_value="{value}\""""


def sha256(content: bytes) -> str:
    """Returns the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def installer(checksums: Mapping[str, tuple[str, str] | None]) -> str:
    """Returns an installer.

    Args:
      checksums: from archive to style and value of its checksum; None for no checksum.
    """
    branches = [
        _BRANCH.format(
            archive=archive,
            checksum=_CHECKSUM.format(style=checksum[0], value=checksum[1]) if checksum else "",
        )
        for archive, checksum in checksums.items()
    ]
    return _INSTALLER.format(branches="".join(branches))


def archive_name(platform: str) -> str:
    """Returns the base name of the runner's archive for a platform."""
    return f"codspeed-runner-{CPUS[platform]}-unknown-linux-musl.tar.gz"


def archive(version: str, platform: str) -> bytes:
    """Returns the bytes of a runner's archive."""
    program = f"runner {version} for {platform}\n".encode() * 50
    return tar_gz({f"{archive_name(platform).removesuffix('.tar.gz')}/codspeed": program})


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """Returns a compressed tar file, each time the same."""
    return gzip.compress(tar(files), mtime=0)


def tar(files: Mapping[str, bytes]) -> bytes:
    """Returns a tar file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as opened:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def deb(data: bytes, name: str = "data.tar.gz") -> bytes:
    """Returns a Debian package with a member of that name and content: deb(5)."""
    members = {"debian-binary": b"2.0\n", "control.tar.gz": b"odd", name: data}
    package = b"!<arch>\n"
    for member, content in members.items():
        header = f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        package += header.encode() + content + b"\n" * (len(content) % 2)
    return package


def runner_installer(version: str, *, with_checksums: bool = True) -> bytes:
    """Returns the installer of a version of the runner."""
    hashes = {archive_name(platform): sha256(archive(version, platform)) for platform in CPUS}
    return installer(
        {name: ("sha256", value) if with_checksums else None for name, value in hashes.items()}
    ).encode()


def runner_row(version: str, platform: str, **pin: Any) -> dict[str, Any]:
    """Returns a row of the runner, pinned by its installer unless `sha256` is given."""
    base = f"https://{HOST}/v{version}"
    script = "codspeed-runner-installer.sh"
    pin = pin or {
        "installer": {
            "file": script,
            "sha256": sha256(runner_installer(version)),
            "urls": [f"{base}/{script}", f"https://other.example/v{version}/install.sh"],
        }
    }
    return {
        "tool": "codspeed-runner",
        "version": version,
        "platform": platform,
        "kind": "tar.gz",
        "file": archive_name(platform),
        "strip_prefix": archive_name(platform).removesuffix(".tar.gz"),
        "binary": "codspeed",
        "urls": [f"{base}/{archive_name(platform)}"],
        **pin,
        "provenance": "the tests",
    }


def simulator_row(simulator: str, version: str, platform: str) -> dict[str, Any]:
    """Returns a row of Valgrind; the stock one has no address."""
    file = f"valgrind_{version}_{simulator}_{platform}.deb"
    urls = [] if simulator == "stock" else [f"https://{HOST}/valgrind/{version}/{file}"]
    return {
        "tool": "valgrind",
        "version": version,
        "platform": platform,
        "simulator": simulator,
        "reported_version": version.replace("-0codspeed", ".codspeed"),
        "kind": "deb",
        "file": file,
        "strip_prefix": "usr",
        "urls": urls,
        "sha256": sha256(file.encode()),
        "provenance": "the tests",
    }


def document(*rows: dict[str, Any], **defaults: str) -> dict[str, Any]:
    """Returns a table; of each tool the last version is the default unless given."""
    chosen = {row["tool"]: row["version"] for row in rows}
    return {
        "$schema": "./archives.schema.json",
        "defaults": chosen | {tool.replace("_", "-"): v for tool, v in defaults.items()},
        "archives": [*rows],
    }


def small_document() -> dict[str, Any]:
    """Returns a table with two versions of the runner and three builds of Valgrind."""
    return document(
        *(runner_row(version, platform) for version in ("4.9.0", "4.11.0") for platform in CPUS),
        *(
            simulator_row(simulator, version, platform)
            for simulator, version in (
                ("codspeed", "3.26.0-0codspeed5"),
                ("codspeed", "3.26.0-0codspeed6"),
                ("stock", "3.19.0-1"),
            )
            for platform in CPUS
        ),
        valgrind="3.26.0-0codspeed6",
    )


def table_json(table: Mapping[str, Any]) -> str:
    """Returns a table as text."""
    return json.dumps(table, indent=1) + "\n"


def serve_runner(server: Server, version: str, script: bytes | None = None) -> str:
    """Makes a server a mirror of a release of the runner; returns the mirror's template."""
    base = f"/{HOST}/v{version}"
    body = runner_installer(version) if script is None else script
    server.put(f"{base}/codspeed-runner-installer.sh", Answer(body))
    for platform in CPUS:
        server.put(f"{base}/{archive_name(platform)}", Answer(archive(version, platform)))
    return server.url + "/{host}/{path}"
