"""A private apt: packages of another suite, from the mirror that this machine uses.

It has its own lists and an empty dpkg status, touches nothing of the system and
needs no root. apt itself verifies signatures and hashes, and honours the
machine's proxies.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from errors import BootstrapError

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_URI = re.compile(r"^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$")


@dataclass(frozen=True)
class Package:
    """One package to fetch: its file's name, size in bytes and SHA-256."""

    file: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """Name of the package, without version and architecture."""
        return self.file.split("_")[0]

    @property
    def request(self) -> str:
        """What `apt-get download` is asked for: `name:architecture=version`."""
        name, version, architecture = self.file.removesuffix(".deb").split("_")
        suffix = "" if architecture == "all" else f":{architecture}"
        return f"{name}{suffix}={version}"


def mirror() -> str:
    """Returns the address of the Debian mirror that the machine's apt uses.

    Raises:
      BootstrapError: apt is missing, or knows no Debian archive.
    """
    try:
        targets = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise BootstrapError(
            "no apt on this system, so no private Bazel can be set up from Debian's packages. "
            "Install bazelisk and put it on PATH."
        ) from error
    for site in targets.split():
        if site.rstrip("/").endswith("/debian"):
            return site
    raise BootstrapError(
        "this machine's apt knows no Debian archive. Install bazelisk and put it on PATH, "
        "or add Debian's archive to apt's sources."
    )


class PrivateApt:
    """apt with its own state below one folder, for one suite and some architectures."""

    def __init__(self, state: Path, suite: str, architectures: Sequence[str]) -> None:
        """Writes the configuration; fetches nothing."""
        self._state = state
        for folder in ["lists/partial", "cache/archives/partial"]:
            (state / folder).mkdir(parents=True, exist_ok=True)
        (state / "status").touch()
        signed = f"signed-by={_KEYRING} arch={','.join(architectures)}"
        (state / "sources.list").write_text(f"deb [{signed}] {mirror()} {suite} main\n", "utf-8")
        self._options = [
            f"Dir::Etc::sourcelist={state}/sources.list",
            "Dir::Etc::sourceparts=/dev/null",
            "Dir::Etc::preferencesparts=/dev/null",
            f"Dir::State={state}",
            f"Dir::State::Lists={state}/lists",
            f"Dir::State::status={state}/status",
            f"Dir::Cache={state}/cache",
            "Acquire::Check-Valid-Until=false",
            "Acquire::ForceHash=SHA256",
            "Acquire::Languages=none",
            "Acquire::Retries=3",
            "Acquire::http::Timeout=20",
            "Acquire::https::Timeout=20",
            "APT::Install-Recommends=false",
            "APT::Sandbox::User=",
            "APT::Update::Error-Mode=any",
            *(f"APT::Architectures::={architecture}" for architecture in architectures),
        ]

    def _command(self, *arguments: str) -> list[str]:
        options = [word for option in self._options for word in ("-o", option)]
        return ["apt-get", *options, *arguments]

    def _run(self, *arguments: str, cwd: Path | None = None) -> str:
        run = subprocess.run(self._command(*arguments), capture_output=True, text=True, cwd=cwd)
        if run.returncode != 0:
            raise BootstrapError(_explain(run.stderr))
        return run.stdout

    def update(self) -> None:
        """Fetches the signed package lists.

        Raises:
          BootstrapError: the mirror cannot be reached, or its lists not be verified.
        """
        self._run("update", "-qq")

    def closure(self, names: Sequence[str]) -> list[Package]:
        """Returns the packages that installing `names` on an empty system would fetch."""
        return list(_packages(self._run("install", "--print-uris", "-qq", "-y", *names)))

    def described(self, requests: Sequence[str]) -> list[Package]:
        """Returns the packages of `name:architecture=version` requests."""
        return list(_packages(self._run("download", "--print-uris", "-qq", *requests)))

    def download(self, packages: Sequence[Package], folder: Path) -> subprocess.Popen[str]:
        """Starts to fetch packages into a folder; the caller waits for the process."""
        return subprocess.Popen(
            self._command("download", "-qq", *(package.request for package in packages)),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def _packages(uris: str) -> Iterator[Package]:
    for line in uris.splitlines():
        match = _URI.match(line)
        if match:
            yield Package(unquote(match[2]), int(match[3]), match[4])


def _explain(stderr: str) -> str:
    """Turns apt's complaints into one sentence with the next step."""
    text = " ".join(line.strip() for line in stderr.splitlines() if line.startswith(("E:", "Err:")))
    text = text or stderr.strip() or "apt-get failed"
    if "No space left" in stderr:
        return (
            f"the disk is full: {text} Free some space and run ./bazelw again; "
            "it goes on where it stopped."
        )
    return (
        f"Debian's archive cannot be read: {text} Check the network and apt's proxy settings, "
        "then run ./bazelw again; it goes on where it stopped. "
        "Offline, install bazel 7.1 to 9 and put it on PATH."
    )


def explained(stderr: str) -> BootstrapError:
    """Returns the error for a download that failed with this text."""
    return BootstrapError(_explain(stderr))
