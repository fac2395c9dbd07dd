"""Tables, installers and releases that the tests make up."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from typing import Any

from tests.tools.archives.server import Answer, Server
from tools.archives.notation import json_text

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
    """Returns the base name of the runner's archive for a platform, or for `{platform}`."""
    return f"codspeed-runner-{CPUS.get(platform, platform)}-unknown-linux-musl.tar.gz"


def archive(version: str, platform: str) -> bytes:
    """Returns the bytes of a runner's archive."""
    program = f"runner {version} for {platform}\n".encode() * 50
    return tar_gz({f"{archive_name(platform).removesuffix('.tar.gz')}/codspeed": program})


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """Returns a compressed tar file, each time the same."""
    return gzip.compress(tar(files), mtime=0)


def tar(files: Mapping[str, bytes], form: int = tarfile.DEFAULT_FORMAT) -> bytes:
    """Returns a tar file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as opened:
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


def runner_release(version: str, **pin: Any) -> dict[str, Any]:
    """Returns a release of the runner, pinned by its installer unless `sha256` is given."""
    return {"version": version, **(pin or {"installer_sha256": sha256(runner_installer(version))})}


def runner_build(*releases: dict[str, Any]) -> dict[str, Any]:
    """Returns the build of the runner with these releases."""
    return {
        "tool": "codspeed-runner",
        "platforms": {**CPUS},
        "urls": [f"https://{HOST}/v{{version}}/{archive_name('{platform}')}"],
        "strip_prefix": archive_name("{platform}").removesuffix(".tar.gz"),
        "binary": "codspeed",
        "installer_urls": [
            f"https://{HOST}/v{{version}}/codspeed-runner-installer.sh",
            "https://other.example/v{version}/install.sh",
        ],
        "provenance": "the tests",
        "releases": [*releases],
    }


def package_name(simulator: str, version: str, platform: str) -> str:
    """Returns the base name of a package of Valgrind."""
    return f"valgrind_{version}_{simulator}_{platform}.deb"


def simulator_release(simulator: str, version: str) -> dict[str, Any]:
    """Returns a release of a build of Valgrind."""
    names = {platform: package_name(simulator, version, platform) for platform in CPUS}
    return {
        "version": version,
        "sha256": {platform: sha256(name.encode()) for platform, name in names.items()},
        "reported_version": version.replace("-0codspeed", ".codspeed"),
    }


def simulator_build(simulator: str, *versions: str) -> dict[str, Any]:
    """Returns a build of Valgrind; the stock one has no address."""
    file = package_name(simulator, "{version}", "{platform}")
    stock = {"file": file}
    addressed = {"urls": [f"https://{HOST}/valgrind/{{version}}/{file}"]}
    return {
        "tool": "valgrind",
        "simulator": simulator,
        "platforms": {platform: platform for platform in CPUS},
        **(stock if simulator == "stock" else addressed),
        "strip_prefix": "usr",
        "provenance": "the tests",
        "releases": [simulator_release(simulator, version) for version in versions],
    }


def document(*builds: dict[str, Any], **defaults: str) -> dict[str, Any]:
    """Returns a table; of each tool the last version is the default unless given."""
    chosen = {build["tool"]: build["releases"][-1]["version"] for build in builds}
    return {
        "$schema": "./archives.schema.json",
        "defaults": chosen | {tool.replace("_", "-"): v for tool, v in defaults.items()},
        "builds": [*builds],
    }


def small_document() -> dict[str, Any]:
    """Returns a table with two versions of the runner and three builds of Valgrind."""
    return document(
        runner_build(*map(runner_release, ("4.9.0", "4.11.0"))),
        simulator_build("codspeed", "3.26.0-0codspeed5", "3.26.0-0codspeed6"),
        simulator_build("stock", "3.19.0-1"),
        valgrind="3.26.0-0codspeed6",
    )


def table_json(table: Mapping[str, Any]) -> str:
    """Returns a table as text."""
    return json_text(table)


def serve_runner(server: Server, version: str, script: bytes | None = None) -> str:
    """Makes a server a mirror of a release of the runner; returns the mirror's template."""
    base = f"/{HOST}/v{version}"
    body = runner_installer(version) if script is None else script
    server.put(f"{base}/codspeed-runner-installer.sh", Answer(body))
    for platform in CPUS:
        server.put(f"{base}/{archive_name(platform)}", Answer(archive(version, platform)))
    return server.url + "/{host}/{path}"
