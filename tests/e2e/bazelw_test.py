"""./bazelw: which Bazel it runs, and its own one, set up for real and under attack."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from tests.e2e import proxy
from tests.e2e.bazel import REPOSITORY, Bazel, scratch_root

_NOBODY = 65534
_VERSION = r"^bazel (7\.[1-9]|[89])\.\S*\n$"
_SETUP_LIMIT_S = 300


def script(file: Path, *lines: str) -> None:
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
    file.chmod(0o755)


def works(*command: str) -> bool:
    """Returns whether root's tools may do here what a test needs."""
    if os.geteuid() != 0 or not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True).returncode == 0


def environment(cache: Path, **more: str) -> dict[str, str]:
    private = {"XDG_CACHE_HOME": str(cache), "RULES_CODSPEED_BAZEL": "private"}
    return {**os.environ, **private, **more}


def bazelw(
    env: dict[str, str], *arguments: str, within: Sequence[str] = (), root: Path = REPOSITORY
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*within, str(root / "bazelw"), *arguments],
        env=env,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=2 * _SETUP_LIMIT_S,
    )


class Setup:
    """One `./bazelw --version` in a process group of its own."""

    def __init__(self, cache: Path) -> None:
        self.begin = time.monotonic()
        self._log = tempfile.NamedTemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self.process = subprocess.Popen(
            [REPOSITORY / "bazelw", "--version"],
            env=environment(cache),
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )

    @property
    def log(self) -> str:
        return Path(self._log.name).read_text("utf-8")

    def wait_for(self, happens: Callable[[], bool]) -> None:
        while not happens():
            if self.process.poll() is not None or time.monotonic() > self.begin + _SETUP_LIMIT_S:
                raise AssertionError(f"it did not happen:\n{self.log}")
            time.sleep(0.02)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.end()

    def end(self) -> str:
        """Returns what was printed."""
        return self.process.communicate(timeout=_SETUP_LIMIT_S)[0]


class MessageTest(unittest.TestCase):
    """Base: one clear error, never a traceback."""

    def fails(self, run: subprocess.CompletedProcess[str], words: str) -> None:
        self.assertEqual((run.returncode, run.stdout), (1, ""), run.stderr)
        self.one_error(run.stderr, words)

    def one_error(self, log: str, words: str) -> None:
        self.assertNotIn("Traceback", log)
        lines = [line for line in log.splitlines() if not re.search(r"\(\d+ s\)$", line)]
        self.assertEqual(len(lines), 1, log)
        self.assertRegex(lines[0], words)


class ChoiceTest(MessageTest):
    """A PATH of a few programs: without apt, ./bazelw says so when it would use its own Bazel."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=scratch_root())
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)
        for name in ["cat", "cksum", "mkdir", "mv", "stat", "tee", "uname"]:
            (self.path / name).symlink_to(str(shutil.which(name)))
        script(self.path / "python3", f"exec '{sys.executable}' \"$@\"")
        script(self.path / "timeout", f'shift; exec {shutil.which("timeout")} 2 "$@"')
        script(self.path / "sleep", f'exec {shutil.which("sleep")} "$@"')
        for compiler in ["gcc", "g++"]:
            script(self.path / compiler, "exit 1")
        self.env = {"PATH": folder.name, "HOME": folder.name}

    def bazel(self, version: str, name: str = "bazel", asked: str = "/dev/null") -> None:
        answer = f'if [ "$1" = --version ]; then echo "{version}" | tee -a {asked}'
        script(self.path / name, f"{answer}; else printf '%s.' {name} \"$@\"; fi")

    def test_supported_versions_run_with_all_arguments(self) -> None:
        for version in ["7.1.0", "7.7.1- (@non-git)", "8.4.2", "9.0.0", "9.1.0-pre.20260101.1"]:
            self.bazel(f"bazel {version}")
            run = bazelw(self.env, "test", "a b", "$HOME", "--x='y'")
            self.assertEqual(run.stdout, "bazel.test.a b.$HOME.--x='y'.", version)

    def test_other_programs_are_not_used(self) -> None:
        for answer in [
            "bazel 6.5.0",
            "bazel 7.0.2",
            "bazel 10.0.0",
            "bazel no_version",
            "",
            "7.7.1",
        ]:
            self.bazel(answer)
            self.fails(bazelw(self.env, "--version"), "no apt-get .* bazelisk")
        for line in ["exit 3", "sleep 60"]:
            script(self.path / "bazel", line)
            self.fails(bazelw(self.env, "--version"), "no apt-get .* bazelisk")

    def test_bazelisk_goes_first_unless_it_finds_another_version(self) -> None:
        self.bazel("bazel 8.0.0")
        self.bazel("bazel 7.7.1", "bazelisk")
        self.assertEqual(bazelw(self.env, "info").stdout, "bazelisk.info.")
        self.bazel("bazel 6.5.0", "bazelisk")
        self.assertEqual(bazelw(self.env, "info").stdout, "bazel.info.")

    def test_the_version_is_asked_for_once(self) -> None:
        asked = self.path / "asked"
        asked.touch()

        def times(**more: str) -> int:
            for _ in range(3):
                self.assertEqual(bazelw({**self.env, **more}, "info").stdout, "bazel.info.")
            return len(asked.read_text("utf-8").splitlines())

        self.bazel("bazel 7.7.1", asked=str(asked))
        self.assertEqual(times(), 1)
        self.assertEqual(times(USE_BAZEL_VERSION="8.0.0"), 2)
        # As long as before, and in the same file.
        self.bazel("bazel 8.0.0", asked=str(asked))
        self.assertEqual(times(), 3)
        # Nothing can be kept there.
        self.assertEqual(times(HOME="/proc"), 6)
        self.bazel("bazel 6.0.0", asked=str(asked))
        for _ in range(2):
            self.fails(bazelw(self.env, "info"), "no apt-get .* bazelisk")
        self.assertEqual(len(asked.read_text("utf-8").splitlines()), 7)

    def test_the_locale_has_utf_8(self) -> None:
        answer = 'if [ "$1" = --version ]; then echo "bazel 8.0.0"'
        script(self.path / "bazel", f'{answer}; else echo "${{LC_CTYPE:-}}-${{LC_ALL:-}}"; fi')
        for variables, locale in [
            ({}, "C.UTF-8-"),
            ({"LANG": "C"}, "C.UTF-8-"),
            ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "C.UTF-8-C.UTF-8"),
            ({"LANG": "tr_TR.utf8"}, "-"),
            ({"LANG": "C", "LC_ALL": "en_GB.UTF-8"}, "-en_GB.UTF-8"),
        ]:
            run = bazelw({**self.env, **variables}, "info")
            self.assertEqual(run.stdout, f"{locale}\n", variables)

    def test_what_builds_need_is_named_in_one_line(self) -> None:
        script(self.path / "apt-get", "exit 1")
        (self.path / "g++").unlink()
        line = r"lacks what builds here need\. As root, run: apt-get update && apt-get install"
        self.fails(bazelw(self.env, "--version"), rf"{line} g\+\+$")
        self.fails(bazelw({**self.env, "CC": "clang"}, "--version"), "no dpkg-deb")
        (self.path / "python3").unlink()
        # Another Python, which is not on this PATH, may have pip.
        self.fails(bazelw(self.env, "--version"), rf"{line} python3( python3-pip)? g\+\+$")

    def test_the_private_one_can_be_forced(self) -> None:
        self.bazel("bazel 8.0.0")
        for choice, words in [("private", "no apt-get"), ("privat", "'privat'.*unset")]:
            self.fails(bazelw({**self.env, "RULES_CODSPEED_BAZEL": choice}, "--version"), words)

    def test_unsupported_systems(self) -> None:
        script(self.path / "apt-get", "exit 1")
        self.fails(bazelw(self.env, "--version"), "no dpkg-deb .* bazelisk")
        script(self.path / "python3", "exit 1")
        self.fails(bazelw(self.env, "--version"), "no python3 of version 3.10 .* Install")

    def test_folders_that_cannot_be_used(self) -> None:
        (self.path / "file").touch()
        for name in ["apt-get", "dpkg-deb"]:
            (self.path / name).symlink_to(str(shutil.which(name) or "/bin/false"))
        for cache, words in {
            "/tmp/bazelw": "below /tmp.*Set XDG_CACHE_HOME",
            f"{self.path}/a b": "Bazel cannot work in.*Set XDG_CACHE_HOME",
            f"{self.path}/file": "file.*: Not a directory.*Set XDG_CACHE_HOME",
            "/proc/cache": "/proc/cache.*Set XDG_CACHE_HOME",
        }.items():
            self.fails(bazelw({**self.env, "XDG_CACHE_HOME": cache}, "--version"), words)
        self.assertFalse(Path("/tmp/bazelw").exists())
        read_only = {"PATH": self.env["PATH"], "HOME": "/proc"}
        self.fails(bazelw(read_only, "--version"), "/proc/.cache.*Set XDG_CACHE_HOME")
        # Not an absolute path: ignored, as its specification requires.
        relative = {"PATH": self.env["PATH"], "XDG_CACHE_HOME": "cache"}
        self.fails(bazelw(relative, "--version"), "neither XDG_CACHE_HOME nor HOME")


@unittest.skipUnless(shutil.which("apt-get"), "needs apt: other systems have no private Bazel")
class SetupTest(MessageTest):
    """One real setup: killed while it fetches, killed while it unpacks, then two at once."""

    cache: ClassVar[Path]
    answers: ClassVar[list[str]]
    logs: ClassVar[list[str]]
    half_made: ClassVar[list[Path]]
    left: ClassVar[set[str]]

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="bazelw.", dir=scratch_root()))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.cache = folder / "cache"
        bazels = cls.cache / "rules_codspeed/bazel"
        fetching = Setup(cls.cache)
        fetching.wait_for(lambda: any(bazels.glob("downloads/packages/*.deb")))
        fetching.kill()
        cls.half_made = list(bazels.glob("*/bazel"))
        unpacking = Setup(cls.cache)
        unpacking.wait_for(lambda: any(bazels.glob("*/root/usr/*")))
        unpacking.kill()
        cls.half_made += bazels.glob("*/bazel")
        # Spares the next tests the network.
        shutil.copytree(bazels / "downloads", folder / "downloads")
        both = [Setup(cls.cache), Setup(cls.cache)]
        cls.answers = [setup.end() for setup in both]
        cls.logs = [setup.log for setup in both]
        cls.left = {path.name for path in bazels.iterdir()}

    def test_two_at_once_end_with_a_bazel(self) -> None:
        self.assertEqual(self.half_made, [])
        for printed in self.answers:
            self.assertRegex(printed, _VERSION, self.logs)
        self.assertEqual(sum("waiting for it" in log for log in self.logs), 1, self.logs)
        self.assertNotIn("fetching", "".join(self.logs))
        self.assertEqual(len(self.left - {"lock"}), 1, self.left)

    def test_it_builds_with_debians_modules(self) -> None:
        with Bazel(REPOSITORY, environment=environment(self.cache)) as bazel:
            self.assertIn("//tools/bazel:bootstrap", bazel.run("query", "//tools/bazel:all").stdout)

    def test_a_moved_folder_is_not_used(self) -> None:
        moved = self.cache.with_name("moved")
        self.cache.rename(moved)
        self.addCleanup(moved.rename, self.cache)
        with tempfile.NamedTemporaryFile("w") as broken:
            print('Syntax "error', file=broken, flush=True)
            env = environment(moved, APT_CONFIG=broken.name)
            self.fails(bazelw(env, "--version"), "apt does not work: .*bazelisk")

    def test_a_mirror_that_signs_nothing_is_refused(self) -> None:
        with tempfile.TemporaryDirectory(dir=scratch_root()) as name:
            folder = Path(name)
            for part in ["debian/dists/sid", "lists/partial"]:
                (folder / part).mkdir(parents=True)
            (folder / "debian/dists/sid/Release").write_text("Suite: sid\n", "utf-8")
            sources = f"deb [trusted=yes] file:{folder}/debian sid main\n"
            (folder / "sources.list").write_text(sources, "utf-8")
            conf = (
                f'Dir::Etc::sourcelist "{folder}/sources.list"; Dir::Etc::sourceparts "/dev/null";'
                f'Dir::State::Lists "{folder}/lists"; Acquire::AllowInsecureRepositories "true";'
            )
            (folder / "apt.conf").write_text(conf, "utf-8")
            env = environment(folder / "cache", APT_CONFIG=f"{folder}/apt.conf")
            self.fails(bazelw(env, "--version"), f"file:{folder}/debian sid.*is not signed")

    @unittest.skipUnless(works("unshare", "-n", "true"), "needs root, to cut the network off")
    def test_offline(self) -> None:
        offline = ["unshare", "-n"]
        run = bazelw(environment(self.cache), "--version", within=offline)
        self.assertRegex(run.stdout, _VERSION)
        with tempfile.TemporaryDirectory(dir=scratch_root()) as empty:
            run = bazelw(environment(Path(empty)), "--version", within=offline)
            self.fails(run, "archive cannot be read: .*Check the network.*run ./bazelw again")

    @unittest.skipUnless(works("unshare", "-m", "true"), "needs root, to mount")
    def test_a_cache_that_cannot_be_written_to(self) -> None:
        mount = f"mount --bind {self.cache} {self.cache} && mount -o remount,bind,ro {self.cache}"
        read_only = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh"]
        run = bazelw(environment(self.cache), "info", within=read_only)
        self.fails(run, f"{self.cache} cannot be written to.*Set XDG_CACHE_HOME .*output_user_root")
        run = bazelw(
            environment(self.cache), "--output_user_root=/x", "--version", within=read_only
        )
        self.assertRegex(run.stdout, _VERSION)

    @unittest.skipUnless(works("setpriv", "--reuid=65534", "true"), "needs root, to be nobody")
    def test_another_user_and_damaged_files(self) -> None:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
            folder = Path(name)
            folder.chmod(0o755)
            cache = folder / "cache"
            downloads = cache / "rules_codspeed/bazel/downloads"
            shutil.copytree(self.cache.with_name("downloads"), downloads)
            damaged, missing, *_ = downloads.glob("packages/*")
            damaged.write_bytes(b"damaged")
            missing.unlink()
            for path in [cache, *cache.rglob("*")]:
                os.chown(path, _NOBODY, _NOBODY)
            # The user `nobody` may be unable to read the repository.
            for part in ["bazelw", "tools/bazel"]:
                (folder / part).parent.mkdir(exist_ok=True)
                subprocess.run(["cp", "-r", REPOSITORY / part, folder / part], check=True)
            nobody = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
            env = {"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(cache)}
            run = bazelw(env, "--version", within=nobody, root=folder)
            self.assertRegex(run.stdout, _VERSION, run.stderr)
            self.assertRegex(run.stderr, r"fetching 2 of \d+ packages")

    @unittest.skipUnless(works("mount", "--version"), "needs root, to mount a small disk")
    def test_a_disk_that_fills_up(self) -> None:
        disk = Path(tempfile.mkdtemp(dir=scratch_root()))
        self.addCleanup(disk.rmdir)
        if not works("mount", "-t", "tmpfs", "-o", "size=1000m", "none", str(disk)):
            self.skipTest("nothing can be mounted here")
        self.addCleanup(works, "umount", str(disk))
        setup = Setup(disk)
        setup.wait_for(lambda: "fetching" in setup.log)
        size = shutil.disk_usage(disk).used + 20_000_000
        self.assertTrue(works("mount", "-o", f"remount,size={size}", str(disk)), "too late")
        self.assertEqual(setup.end(), "")
        self.one_error(setup.log, "the disk is full: .*Free some space")
        # Now it is reported at once.
        self.fails(bazelw(environment(disk), "--version"), r"MB free, \d+ MB are needed")


def _why_no_proxy() -> str:
    """Returns why no proxy can be the only way to Debian's archive here, or nothing."""
    if not works("unshare", "--net", "true"):
        return "needs root, to cut the network off"
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    sites = subprocess.run(asked, capture_output=True, text=True).stdout.split()
    settings = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout
    if re.search(r"^Acquire::https?::Proxy", settings, re.M | re.I):
        return "this machine's apt has a proxy of its own"
    return "" if any(site.startswith("http:") for site in sites) else "no mirror by plain http"


@unittest.skipIf(_why_no_proxy(), _why_no_proxy())
class ProxyTest(MessageTest):
    """A machine that only a proxy connects, and whose connection breaks."""

    def test_a_broken_download_is_resumed_and_a_forged_one_refused(self) -> None:
        rest: list[int] = []

        def first(file: str, start: int, body: bytes) -> bytes:
            if file.startswith("patchelf_"):
                return bytes(len(body))
            return body[:1_000_000] if file.startswith("openjdk-") else body

        def second(file: str, start: int, body: bytes) -> bytes:
            if file.startswith("openjdk-"):
                rest.append(start)
            return body

        with tempfile.TemporaryDirectory(dir=scratch_root()) as name:
            way = {"http_proxy": proxy.ADDRESS, "https_proxy": proxy.ADDRESS, "no_proxy": ""}
            env = environment(Path(name), **way)
            command = [str(REPOSITORY / "bazelw"), "--version"]
            run = proxy.Proxy(first).run(*command, env=env)
            self.fails(run, "archive cannot be read: .*(patchelf|openjdk).*it continues where it")
            connection = proxy.Proxy(second)
            run = connection.run(*command, env=env)
            self.assertRegex(run.stdout, _VERSION, run.stderr)
            self.assertRegex(run.stderr, r"fetching 2 of \d+ packages")
            self.assertGreaterEqual(rest[0], 1_000_000)
            # The check whether GitHub answers uses the proxy too.
            self.assertEqual(connection.connects, ["github.com:443"])


if __name__ == "__main__":
    unittest.main()
