"""Archives, installers and workspaces that the tests of pinned tools make up."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.e2e.bazel import REPOSITORY, scratch_root

RUNNER = "@rules_codspeed//tools:runner"
VERSION = {"codspeed-runner": "9.9.9"}
PREFIX = "codspeed-runner-x86_64-unknown-linux-musl"
ARCHIVE = f"{PREFIX}.tar.gz"
# Stands for the runner: GitHub is out of reach. It prints its version and its arguments.
PROGRAM = b'#!/bin/sh\necho "codspeed-runner 9.9.9 got $*"\n'

_MODULE = """\
module(name = "{name}")

bazel_dep(name = "rules_codspeed")
local_path_override(module_name = "rules_codspeed", path = "{repository}")

{deps}
codspeed = use_extension("@rules_codspeed//rules:extensions.bzl", "codspeed")
use_repo(codspeed, "codspeed_toolchains")

{tags}
"""

_WORKSPACE = """\
workspace(name = "{name}")

local_repository(name = "rules_codspeed", path = "{repository}")

load("@rules_codspeed//rules:repositories.bzl", "rules_codspeed_dependencies")

rules_codspeed_dependencies()

load("@rules_codspeed//rules:setup.bzl", "codspeed_setup")

codspeed_setup({arguments})

load("@rules_codspeed//rules:repositories.bzl", "codspeed_register_toolchains")

codspeed_register_toolchains()
"""

_INSTALLER = """\
#!/bin/sh
# In the shape of dist's installers: one branch per archive.
touch {ran}
case "$_artifact_name" in
    "other.tar.gz")
        _checksum_style="sha256"
        _checksum_value="{other}"
        ;;
    "{archive}")
        _arch="x86_64-unknown-linux-musl"
        {assignments}
        ;;
esac
"""


def sha256(content: bytes) -> str:
    """Returns the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """Returns an entry of a tar file; a link or device where `kind` says so."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    info.mode = 0o755
    return info


def tar(entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Returns a gzipped tar file with these entries and contents."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for info, content in entries:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def deb(data: bytes, name: str = "data.tar.gz") -> bytes:
    """Returns a Debian package whose last member has that name and content: deb(5)."""
    package = b"!<arch>\n"
    for member, content in {"debian-binary": b"2.0\n", name: data}.items():
        header = f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        package += header.encode() + content + b"\n" * (len(content) % 2)
    return package


def runner_archive(program: bytes = PROGRAM) -> bytes:
    """Returns an archive in the layout of the runner's."""
    return tar([(entry(f"{PREFIX}/codspeed"), program), (entry(f"{PREFIX}/LICENSE-MIT"), b"MIT\n")])


def installer(ran: Path, *assignments: str) -> bytes:
    """Returns an installer with these assignments in the archive's branch.

    Args:
      ran: file that it would make if somebody ran it.
      *assignments: lines of shell.
    """
    return _INSTALLER.format(
        ran=ran, other="f" * 64, archive=ARCHIVE, assignments="\n        ".join(assignments)
    ).encode()


def call(name: str, **attributes: object) -> str:
    """Returns a call of a tag or rule in Starlark: strings, lists and dicts are written alike."""
    return f"{name}({', '.join(f'{key} = {value!r}' for key, value in attributes.items())})\n"


def attributes(url: str, **more: object) -> dict[str, object]:
    """Returns the attributes of an archive of the runner, of the version in VERSION."""
    return {
        "tool": "codspeed-runner",
        "version": VERSION["codspeed-runner"],
        "platform": "linux_x86_64",
        "binary": "codspeed",
        "strip_prefix": PREFIX,
        "urls": [url],
        **more,
    }


def runner_row(url: str, **more: object) -> str:
    """Returns a call of the tag `archive` for the runner."""
    return call("archive", **attributes(url, **more))


class Workspace:
    """A workspace of its own that depends on rules_codspeed. Use as a context manager.

    Attributes:
      folder: its root.
    """

    folder: Path

    def __init__(self, name: str = "team") -> None:
        self._name = name

    def __enter__(self) -> Workspace:
        self.folder = Path(tempfile.mkdtemp(prefix="workspace.", dir=scratch_root()))
        self.write("BUILD.bazel", "")
        self.module()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, path: str, text: str) -> None:
        """Writes a file of the workspace."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def module(self, *tags: str, deps: str = "") -> None:
        """Writes MODULE.bazel with these calls of tags, each without its `codspeed.`."""
        self.write(
            "MODULE.bazel",
            _MODULE.format(
                name=self._name,
                repository=REPOSITORY,
                deps=deps,
                tags="".join(f"codspeed.{tag}" for tag in tags),
            ),
        )

    def workspace(self, **arguments: object) -> None:
        """Writes WORKSPACE with these arguments of codspeed_setup()."""
        text = ", ".join(f"{key} = {value!r}" for key, value in arguments.items())
        self.write(
            "WORKSPACE", _WORKSPACE.format(name=self._name, repository=REPOSITORY, arguments=text)
        )
