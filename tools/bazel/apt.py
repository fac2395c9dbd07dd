"""A private apt: packages of another suite, from the mirror that this machine uses.

It has its own lists and an empty dpkg status, touches nothing of the system and
needs no root. apt itself verifies signatures and hashes, and honours the
machine's proxies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from errors import INSTALL_BAZEL, BootstrapError
from process import run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_HELPER = "/usr/lib/apt/apt-helper"
# An address, then name_version_architecture.deb, size and hash.
_URI = re.compile(r"'([^']+)' ((?:[^\s_/]+_){2}[^\s_/]+\.deb) ([0-9]+) SHA256:([0-9a-f]{64})")

# Hooks are for changes of the system, such as `apt-get update` by root: they
# would write to its caches, and fail for others.
_CONFIGURATION = "".join(
    f"#clear APT::Update::{hook};\n"
    for hook in ["Pre-Invoke", "Post-Invoke", "Post-Invoke-Success"]
)

# Neither the machine's pins, nor what it tolerates, reach the private apt.
_OPTIONS = [
    "Dir::Etc::sourceparts=/dev/null",
    "Dir::Etc::preferences=/dev/null",
    "Dir::Etc::preferencesparts=/dev/null",
    "APT::Default-Release=",
    "APT::Install-Recommends=false",
    "APT::Install-Suggests=false",
    "APT::Get::AllowUnauthenticated=false",
    "Acquire::AllowInsecureRepositories=false",
    "Acquire::AllowWeakRepositories=false",
    "Acquire::AllowDowngradeToInsecureRepositories=false",
    # A mirror may lag behind; what it serves is signed nevertheless.
    "Acquire::Check-Valid-Until=false",
    "Acquire::ForceHash=SHA256",
    "Acquire::Languages=none",
    "Acquire::Retries=3",
    "Acquire::http::Timeout=20",
    "Acquire::https::Timeout=20",
    # Root's apt would fetch as a user that cannot write here.
    "APT::Sandbox::User=",
    "APT::Update::Error-Mode=any",
]


@dataclass(frozen=True)
class Package:
    """One package to fetch.

    Attributes:
      file: its file's name, as apt writes it.
      size: in bytes.
      sha256: of the file, in hexadecimal.
      address: of the file; may hold the user and password of a mirror.
    """

    file: str
    size: int
    sha256: str
    address: str = field(default="", compare=False, repr=False)

    @property
    def name(self) -> str:
        """Name of the package, without version and architecture."""
        return self.file.split("_")[0]

    @property
    def pool_file(self) -> str:
        """Name of the file in Debian's pool, which leaves the version's epoch out."""
        name, version, rest = unquote(self.file).split("_")
        return "_".join([name, version.rpartition(":")[2], rest])

    @property
    def request(self) -> str:
        """What `apt-get download` is asked for: `name:architecture=version`."""
        # In a file's name apt quotes the colon of an epoch.
        name, version, architecture = unquote(self.file.removesuffix(".deb")).split("_")
        suffix = "" if architecture == "all" else f":{architecture}"
        return f"{name}{suffix}={version}"


def debian_site(targets: str) -> str | None:
    """Returns the first address of Debian's own archive in lines of `address|origin|label`.

    Without lists apt knows no origin and leaves the last two as they are; then
    the address decides. Neither Debian's security archive nor a CD has the suites
    that are wanted.
    """
    for line in targets.splitlines():
        site, _, release = line.partition("|")
        known = release == "Debian|Debian"
        guessed = release == "$(ORIGIN)|$(LABEL)" and site.rstrip("/").endswith("/debian")
        if (known or guessed) and not site.startswith("cdrom:"):
            return site
    return None


def mirror() -> str:
    """Returns the address of the Debian mirror that the machine's apt uses.

    Raises:
      BootstrapError: apt fails, or knows no Debian archive.
    """
    listing = ["apt-get", "indextargets", "--format", "$(SITE)|$(ORIGIN)|$(LABEL)"]
    # The second is for a machine that never ran `apt-get update`, for example a fresh container.
    for more in [[], ["--no-release-info"]]:
        targets = run(
            [*listing, *more, "Created-By: Packages"],
            "this machine's apt does not work",
            f"Fix its configuration. Or: {INSTALL_BAZEL}",
        )
        site = debian_site(targets)
        if site:
            return site
    raise BootstrapError(
        f"this machine's apt knows no Debian archive. Add one to apt's sources. Or: {INSTALL_BAZEL}"
    )


class PrivateApt:
    """apt with its own state below one folder, for one suite and some architectures."""

    def __init__(self, state: Path, suite: str, architectures: Sequence[str]) -> None:
        """Writes the configuration; fetches nothing.

        Args:
          state: folder of the private state.
          suite: of Debian, for example `bookworm`.
          architectures: Debian's names. The first is the system's: without one apt takes the
            machine's, and then no package of another meets a dependency on `perl:any`.

        Raises:
          BootstrapError: the machine's apt knows no Debian archive.
        """
        # apt resolves a relative folder of lists below its own state folder.
        state = state.resolve()
        for folder in ["lists/partial", "cache/archives/partial"]:
            (state / folder).mkdir(parents=True, exist_ok=True)
        (state / "status").touch()
        (state / "apt.conf").write_text(_CONFIGURATION, "utf-8")
        how = f"signed-by={KEYRING} arch={','.join(architectures)} target=Packages"
        (state / "sources.list").write_text(f"deb [{how}] {mirror()} {suite} main\n", "utf-8")
        self._options = ["-qq", f"--config-file={state}/apt.conf"]
        for option in [
            *_OPTIONS,
            f"Dir::Etc::sourcelist={state}/sources.list",
            f"Dir::State={state}",
            f"Dir::State::Lists={state}/lists",
            f"Dir::State::status={state}/status",
            f"Dir::Cache={state}/cache",
            f"APT::Architecture={architectures[0]}",
            *(f"APT::Architectures::={architecture}" for architecture in architectures),
        ]:
            self._options += ["-o", option]
        self._fix = (
            f"Check the network, apt's proxy settings and that the mirror has the suite {suite}, "
            "then run ./bazelw again; it continues where it stopped. "
            "Offline, install bazel 7.1 to 9 and put it on PATH."
        )

    def _run(self, *arguments: str, cwd: Path | None = None, program: str = "apt-get") -> str:
        problem = "Debian's archive cannot be read"
        return run([program, *self._options, *arguments], problem, self._fix, cwd)

    def update(self) -> None:
        """Fetches the signed package lists.

        Raises:
          BootstrapError: the mirror cannot be reached, or its lists cannot be verified.
        """
        self._run("update")

    def closure(self, names: Sequence[str]) -> list[Package]:
        """Returns the packages that installing `names` on an empty system would fetch.

        Raises:
          BootstrapError: the archive lacks one of them.
        """
        return list(packages(self._run("install", "--print-uris", "-y", *names)))

    def described(self, requests: Sequence[str]) -> list[Package]:
        """Returns the packages of `name:architecture=version` requests.

        Raises:
          BootstrapError: the archive lacks one of them.
        """
        return list(packages(self._run("download", "--print-uris", *requests)))

    def download(self, wanted: Sequence[Package], folder: Path) -> None:
        """Fetches packages into a folder.

        Raises:
          BootstrapError: one of them cannot be fetched.
        """
        self._run("download", *(package.request for package in wanted), cwd=folder)

    def resume(self, package: Package, folder: Path) -> None:
        """Fetches the rest of a package of which a folder holds the start.

        `apt-get download` continues where a connection broke, but begins anew in
        another run. Does nothing for an address with a password, which must not
        become an argument.

        Raises:
          BootstrapError: it cannot be fetched, or is not the package then.
        """
        if urlsplit(package.address).password or not Path(_HELPER).exists():
            return
        wanted = [package.address, package.file, f"SHA256:{package.sha256}"]
        self._run("download-file", *wanted, cwd=folder, program=_HELPER)


def packages(uris: str) -> Iterator[Package]:
    """Yields the packages that `--print-uris` lists."""
    for line in uris.splitlines():
        match = _URI.fullmatch(line)
        if match:
            yield Package(match[2], int(match[3]), match[4], match[1])
