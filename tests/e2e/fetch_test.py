"""What is fetched: nothing that is not used, and nothing at all once it was fetched."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from tests.e2e.archives import (
    ARCHIVE,
    RUNNER,
    VERSION,
    Workspace,
    attributes,
    call,
    runner_archive,
    runner_row,
    sha256,
)
from tests.e2e.bazel import CONSUMER, REPOSITORY, Bazel, scratch_root
from tests.e2e.consumer_test import copy_consumer
from tests.e2e.http_server import Answer, Server
from tools.archives.archive import Archive
from tools.archives.expansion import expand

# A namespace has its own loopback, which is down at first; Bazel needs it to reach its server.
_LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
up = struct.pack("16sh14s", b"lo", 0x1 | 0x40, b"")
fcntl.ioctl(socket.socket(), 0x8914, up)
os.execvp(sys.argv[1], sys.argv[1:])
"""
NO_NETWORK = ("unshare", "--net", "python3", "-c", _LOOPBACK_UP)
_PLATFORM = """
platform(
    name = "aarch64",
    constraint_values = ["@platforms//cpu:aarch64", "@platforms//os:linux"],
)
"""
_ATTRIBUTES = (
    *("platform", "reported_version", "sha256", "simulator", "strip_prefix", "tool", "version"),
)
_TOOLCHAINS = "@codspeed_toolchains//:all"
_AARCH64 = ("--platforms=//:aarch64", "--host_platform=//:aarch64")


def can_cut_the_network_off() -> bool:
    """Returns whether commands can run in a network namespace of their own."""
    with contextlib.suppress(OSError):
        return subprocess.run([*NO_NETWORK, "true"], check=False).returncode == 0
    return False


def fetched(bazel: Bazel) -> list[str]:
    """Returns which of our archives and wheels a server has fetched: ends of their names."""
    names = (path.name for path in (bazel.output_base / "external").iterdir() if path.is_dir())
    ours = [name.rpartition("codspeed_")[2] for name in names if "codspeed_" in name]
    return sorted(name for name in ours if "_linux_" in name or name.startswith("py__"))


def stock_package(platform: str) -> tuple[Archive, bytes]:
    """Returns the row and the content of Debian's Valgrind for a platform."""
    table = json.loads((REPOSITORY / "tools/archives.json").read_text("utf-8"))
    rows = expand(table["builds"])
    (row,) = (row for row in rows if (row.platform, row.simulator) == (platform, "stock"))
    run = subprocess.run(
        [REPOSITORY / "bazelw", "info", "output_base", "--announce_rc"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    distdir = run.stderr.partition("--distdir=")[2].split()[0]
    return row, Path(distdir, row.file).read_bytes()


class FetchSetTest(unittest.TestCase):
    """The consumer's workspace, each time by a server that has fetched nothing yet."""

    def test_an_unrelated_target_fetches_none(self) -> None:
        with Bazel(CONSUMER) as bazel:
            bazel.run("build", "//:count", "//:fib_bench")
            self.assertEqual(fetched(bazel), [])

    def test_measuring_fetches_one_simulator(self) -> None:
        with Bazel(CONSUMER) as bazel:
            bazel.run("build", "//:bench_profiles")
            self.assertEqual(fetched(bazel), ["valgrind_3.19.0_1_stock_linux_x86_64"])

    def test_another_platform_selects_and_unpacks_its_own(self) -> None:
        with Bazel(CONSUMER) as bazel:
            # Only analysed: the packages are unpacked, and nothing for aarch64 can run here.
            bazel.run("build", "--nobuild", *_AARCH64, "//:shell")
            self.assertEqual(fetched(bazel), ["valgrind_3.19.0_1_stock_linux_aarch64"])
            (spoke,) = (bazel.output_base / "external").glob("*valgrind*_linux_aarch64")
            self.assertTrue((spoke / "libexec/valgrind/callgrind-arm64-linux").is_file())


class LockfileTest(unittest.TestCase):
    """MODULE.bazel.lock says nothing about the machine."""

    def test_it_is_the_same_everywhere(self) -> None:
        with Workspace() as workspace, Bazel(workspace.folder) as bazel:
            workspace.module(
                call("toolchain", versions={"codspeed-runner": "4.11.0"}),
                deps='bazel_dep(name = "platforms", version = "1.0.0")\n',
            )
            workspace.write("BUILD.bazel", _PLATFORM)
            lock = workspace.folder / "MODULE.bazel.lock"
            found = set()
            for flags, variables in [((), {}), (_AARCH64, {"LANG": "C", "PATH": "/usr/bin:/bin"})]:
                bazel.environment = variables
                lock.unlink(missing_ok=True)
                for mode in ["update", "update", "error"]:
                    flag = f"--lockfile_mode={mode}"
                    bazel.run("build", "--nobuild", flag, *flags, _TOOLCHAINS)
                    hub = bazel.run("query", "--output=build", _TOOLCHAINS).stdout
                    found.add((lock.read_bytes() if lock.exists() else b"", hub))
                bazel.run("shutdown")
            self.assertEqual(len(found), 1)
            ((content, hub),) = found
            # An entry would mean that the extension's result depends on more than its tags.
            # Debian's Bazel writes "{}" for whatever there is, and nothing where there is none.
            self.assertNotIn(b"codspeed", content)
            self.assertNotEqual(content.strip(), b"{}")
            self.assertIn("codspeed_runner_4.11.0_linux_aarch64", hub)


class NonRootTest(unittest.TestCase):
    """A module that depends on another one that asks for other versions and mirrors."""

    def test_the_root_decides(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho of the root\n")
        evil = "https://lib.example/{path}"
        with Workspace() as workspace, Server() as server, Bazel(workspace.folder) as bazel:
            server.answers[f"/{ARCHIVE}"] = Answer(content)
            with Workspace("lib") as library:
                library.module(
                    call("toolchain", versions={"memtrack": "1.6.0", "runner": "4.11.0"}),
                    call("toolchain", versions={"exec-harness": "99.0.0", "perf": "1.0"}),
                    call("archive", **attributes("https://lib.example/a.tar.gz", sha256="0" * 64)),
                    call("mirror", url_templates=[evil]),
                )
                deps = (
                    'bazel_dep(name = "lib")\nlocal_path_override('
                    f'module_name = "lib", path = "{library.folder}")\n'
                )
                workspace.module(
                    runner_row(f"{server.url}/{ARCHIVE}", sha256=sha256(content)),
                    call("toolchain", versions=VERSION),
                    deps=deps,
                )
                run = bazel.run("run", RUNNER)
                self.assertEqual(run.stdout, "of the root\n")
                for tag in ["archive", "mirror"]:
                    self.assertIn(f"codspeed.{tag}(…) of module lib is ignored", run.stderr)
                for name in ["exec-harness", "perf"]:
                    self.assertIn(f'codspeed.toolchain(versions = {{"{name}": ', run.stderr)
                workspace.module(deps=deps)
                names = bazel.run("query", _TOOLCHAINS).stdout
                # Raised by the library; not lowered by it; what only its own rows have is left out.
                self.assertIn("codspeed_memtrack_1.6.0_linux_x86_64", names)
                self.assertIn("codspeed_runner_5.1.0_linux_x86_64", names)
                self.assertIn("codspeed_exec_harness_1.3.0_linux_x86_64", names)


class CachesTest(unittest.TestCase):
    """Bazel's own ways to do without a network."""

    workspace: ClassVar[Workspace]
    content: ClassVar[bytes]
    server: ClassVar[Server]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.workspace = stack.enter_context(Workspace())
        cls.server = stack.enter_context(Server())
        # Its own content, as the repository cache of this machine is shared.
        cls.content = runner_archive(f"#!/bin/sh\necho {os.urandom(8).hex()}\n".encode())
        url = f"{cls.server.url}/{ARCHIVE}"
        cls.workspace.module(
            runner_row(url, sha256=sha256(cls.content)), call("toolchain", versions=VERSION)
        )

    def setUp(self) -> None:
        self.server.answers.clear()

    def test_repository_cache(self) -> None:
        with tempfile.TemporaryDirectory() as cache:
            flags = [f"--repository_cache={cache}"]
            with Bazel(self.workspace.folder, flags=flags) as bazel:
                self.server.answers[f"/{ARCHIVE}"] = Answer(self.content)
                bazel.run("fetch", RUNNER)
                self.server.answers.clear()
            with Bazel(self.workspace.folder, flags=flags) as bazel:
                bazel.run("build", RUNNER)

    def test_distdir(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, ARCHIVE).write_bytes(self.content)
            flags = [f"--distdir={folder}", "--repository_cache="]
            with Bazel(self.workspace.folder, flags=flags) as bazel:
                bazel.run("build", RUNNER)

    def test_vendor(self) -> None:
        flags = ["--repository_cache="]
        with Bazel(self.workspace.folder, flags=flags) as bazel:
            self.server.answers[f"/{ARCHIVE}"] = Answer(self.content)
            bazel.run("vendor", "--vendor_dir=vendored", RUNNER)
            self.server.answers.clear()
        with Bazel(self.workspace.folder, flags=flags) as bazel:
            bazel.run("build", "--vendor_dir=vendored", RUNNER)

    def test_downloader_config(self) -> None:
        self.server.answers[f"/{ARCHIVE}"] = Answer(self.content)
        config = self.workspace.folder / "downloader.cfg"
        config.write_text("block 127.0.0.1\n", encoding="utf-8")
        flags = ["--repository_cache=", f"--experimental_downloader_config={config}"]
        with Bazel(self.workspace.folder, flags=flags) as bazel:
            text = bazel.run("build", RUNNER, succeeds=False).stderr
        self.assertIn(f"cannot fetch {ARCHIVE} of codspeed-runner 9.9.9", text)


@unittest.skipUnless(can_cut_the_network_off(), "needs root, to cut the network off")
class OfflineTest(unittest.TestCase):
    """After `bazel fetch` with a mirror, the whole job runs without a network."""

    def test_the_main_job(self) -> None:
        row, package = stock_package("linux_x86_64")
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch_root())))
            server = stack.enter_context(Server())
            # By a name that no --distdir of this machine has.
            server.answers["/mirror/simulator.deb"] = Answer(package)
            consumer = folder / "consumer"
            copy_consumer(consumer)
            module = consumer / "MODULE.bazel"
            tags = [
                call(
                    "archive",
                    **{name: getattr(row, name) for name in _ATTRIBUTES},
                    urls=["https://origin.example/simulator.deb"],
                ),
                call("mirror", url_templates=[f"{server.url}/mirror/{{file}}"]),
            ]
            lines = "".join(f"codspeed.{tag}" for tag in tags)
            module.write_text(module.read_text("utf-8") + lines, encoding="utf-8")
            bazel = stack.enter_context(Bazel(consumer, flags=["--repository_cache="]))
            bazel.run("fetch", "//:bench")
            self.assertEqual(server.requests, ["/mirror/simulator.deb"])
            bazel.run("shutdown")

            bazel.within, bazel.startup = NO_NETWORK, ["--batch"]
            document = json.loads(bazel.run("run", "//:bench", "--", "--format=json").stdout)
            bazel.within, bazel.startup = (), ()
            self.assertEqual(len(document["benchmarks"]), 2)
            self.assertEqual(len(server.requests), 1)


if __name__ == "__main__":
    unittest.main()
