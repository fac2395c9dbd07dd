"""Archives that are not what was pinned, or that do harm: one clear error, and nothing is kept."""

from __future__ import annotations

import contextlib
import dataclasses
import tarfile
import unittest
from typing import ClassVar

from tests.e2e.archives import (
    ARCHIVE,
    PREFIX,
    RUNNER,
    VERSION,
    Workspace,
    call,
    deb,
    entry,
    runner_archive,
    runner_row,
    sha256,
    tar,
)
from tests.e2e.bazel import Bazel
from tests.e2e.http_server import Answer, Server

_ROW = "codspeed-runner 9.9.9 for linux_x86_64, a row of MODULE.bazel of team"
_PROGRAM = (entry(f"{PREFIX}/codspeed"), b"#!/bin/sh\necho unpacked\n")
_HTML = b"<!doctype html><title>Log in to the proxy</title>\n"


class BadArchivesTest(unittest.TestCase):
    """Each test serves another archive, so that no cache can answer for it."""

    workspace: ClassVar[Workspace]
    server: ClassVar[Server]
    bazel: ClassVar[Bazel]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.workspace = stack.enter_context(Workspace())
        cls.server = stack.enter_context(Server())
        cls.bazel = stack.enter_context(
            # A silent server is given up after a second instead of twenty.
            Bazel(cls.workspace.folder, flags=["--http_timeout_scaling=0.05"])
        )

    def setUp(self) -> None:
        self.path = f"/{self.id().rpartition('.')[2]}/{ARCHIVE}"
        self.server.requests.clear()

    def pin(self, content: bytes, *more: str) -> None:
        """Pins an archive by its hash, at this test's own address."""
        row = runner_row(self.server.url + self.path, sha256=sha256(content))
        self.workspace.module(row, call("toolchain", versions=VERSION), *more)

    def fails(self, *words: str) -> None:
        text = self.bazel.run("build", RUNNER, succeeds=False).stderr
        for word in (_ROW, *words):
            self.assertIn(word, text)

    def runs(self, says: str) -> None:
        self.assertEqual(self.bazel.run("run", RUNNER).stdout, says + "\n")

    def refused_then_served(self, answer: Answer) -> None:
        """Answers so that the fetch must fail, then well: the first try is not trusted."""
        name = self.path.split("/")[1]
        content = runner_archive(f"#!/bin/sh\necho {name}\n".encode())
        self.pin(content)
        body = content if answer.sent or answer.delay_s else answer.body
        self.server.answers[self.path] = dataclasses.replace(answer, body=body)
        self.fails(
            f"no file with SHA-256 {sha256(content)} from {self.server.url}{self.path}",
            "--distdir=<folder>",
            "codspeed.mirror(",
        )
        self.server.answers[self.path] = Answer(content)
        self.runs(name)

    def test_another_file(self) -> None:
        self.refused_then_served(Answer(runner_archive(b"#!/bin/sh\necho evil\n")))

    def test_html_of_a_proxy(self) -> None:
        self.refused_then_served(Answer(_HTML))

    def test_cut_off(self) -> None:
        self.refused_then_served(Answer(sent=100))

    def test_missing(self) -> None:
        self.refused_then_served(Answer(status=404))

    def test_a_server_that_says_nothing(self) -> None:
        self.refused_then_served(Answer(delay_s=60))

    def test_a_redirect_to_another_file(self) -> None:
        self.server.answers["/elsewhere"] = Answer(_HTML)
        self.refused_then_served(
            Answer(status=302, headers={"Location": f"{self.server.url}/elsewhere"})
        )

    def test_missing_then_mirror(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho second address\n")
        self.server.answers["/other/name.tar.gz"] = Answer(content)
        urls = [f"{self.server.url}/first/{ARCHIVE}", f"{self.server.url}/other/name.tar.gz"]
        row = runner_row("", urls=urls, sha256=sha256(content))
        self.workspace.module(row, call("toolchain", versions=VERSION))
        self.runs("second address")
        self.assertEqual(self.server.requests, [f"/first/{ARCHIVE}", "/other/name.tar.gz"])

    def pin_and_serve(self, content: bytes) -> None:
        """Pins an archive by its true hash, and serves it."""
        self.pin(content)
        self.server.answers[self.path] = Answer(content)

    def unusable(self, content: bytes, *words: str) -> None:
        """Shows that an archive is refused although its hash is right."""
        self.pin_and_serve(content)
        self.fails(f"the archive {ARCHIVE} of", "pin an archive of codspeed-runner", *words)

    def test_entries_outside(self) -> None:
        victim = self.workspace.folder / "victim"
        for name in [f"{'../' * 30}{victim}", f"{PREFIX}/{'../' * 30}{victim}", str(victim)]:
            with self.subTest(name):
                content = tar([_PROGRAM, (entry(name), b"evil")])
                self.unusable(content, "an entry outside of the archive")
        self.assertFalse(victim.exists())

    def test_links_outside(self) -> None:
        up = "../" * 30
        for kind, target in [
            (tarfile.SYMTYPE, "/etc"),
            (tarfile.SYMTYPE, f"{up}etc/hostname"),
            (tarfile.LNKTYPE, f"{up}etc/hostname"),
        ]:
            with self.subTest(target):
                link = (entry(f"{PREFIX}/link", kind, target), b"")
                self.unusable(tar([_PROGRAM, link]), "a link that leads outside")

    def test_writing_through_a_hard_link(self) -> None:
        victim = self.workspace.folder / "file"
        victim.write_text("mine", encoding="utf-8")
        link = entry(f"{PREFIX}/x", tarfile.LNKTYPE, f"{'../' * 30}{victim}")
        content = tar([_PROGRAM, (link, b""), (entry(f"{PREFIX}/x"), b"evil")])
        self.unusable(content, "a link that leads outside")
        self.assertEqual(victim.read_text("utf-8"), "mine")

    def test_devices(self) -> None:
        for kind in [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]:
            with self.subTest(kind):
                device = (entry(f"{PREFIX}/device", kind), b"")
                self.unusable(tar([_PROGRAM, device]), "neither file nor folder")

    def test_a_bomb(self) -> None:
        self.unusable(tar([_PROGRAM, (entry(f"{PREFIX}/big"), bytes(1100 << 20))]), "1024 MiB")

    def test_link_that_leads_nowhere(self) -> None:
        link = entry(f"{PREFIX}/lib/none", tarfile.SYMTYPE, "nothing")
        self.unusable(tar([_PROGRAM, (link, b"")]), "a link that leads nowhere, lib/none")

    def test_a_file_for_bazel(self) -> None:
        build = (entry(f"{PREFIX}/lib/BUILD.bazel"), b"fail()\n")
        self.unusable(tar([_PROGRAM, build]), "a file for Bazel, lib/BUILD.bazel")

    def test_no_archive_at_all(self) -> None:
        self.unusable(_HTML, "no tar.gz that can be read")

    def test_cut_off_and_pinned_so(self) -> None:
        self.unusable(runner_archive()[:100], "no tar.gz that can be read")

    def test_without_the_program(self) -> None:
        self.unusable(tar([(entry(f"{PREFIX}/README"), b"")]), f"no program {PREFIX}/codspeed")

    def test_another_folder(self) -> None:
        self.unusable(tar([(entry("other/codspeed"), b"")]), f"no file below {PREFIX}/")

    def test_without_a_python_that_looks_first(self) -> None:
        victim = self.workspace.folder / "victim"
        outside = [(entry(f"{PREFIX}/{'../' * 30}{victim}"), b"2"), (entry(str(victim)), b"3")]
        device = (entry(f"{PREFIX}/null", tarfile.CHRTYPE), b"")
        self.pin_and_serve(tar([*outside, device, _PROGRAM]))
        run = self.bazel.run("run", "--repo_env=PATH=/nowhere", RUNNER)
        self.assertEqual(run.stdout, "unpacked\n")
        self.assertFalse(victim.exists())
        repository = next((self.bazel.output_base / "external").glob("*codspeed_runner_9.9.9*64"))
        self.assertEqual((repository / "null").stat().st_size, 0)
        self.assertTrue((repository / "null").is_file())

    def unusable_package(self, package: bytes, *words: str) -> None:
        """Shows that a package of Valgrind is refused although its hash is right."""
        path = f"{self.path.rpartition('/')[0]}/valgrind.deb"
        row = call(
            "archive",
            tool="valgrind",
            version="9.9.9",
            simulator="codspeed",
            reported_version="9.9.9",
            platform="linux_x86_64",
            strip_prefix="usr",
            urls=[self.server.url + path],
            sha256=sha256(package),
        )
        self.workspace.module(row, call("toolchain", versions={"valgrind": "9.9.9"}))
        self.server.answers[path] = Answer(package)
        query = ["query", "kind(toolchain, @codspeed_toolchains//:all)", "--output=xml"]
        lines = self.bazel.run(*query).stdout.splitlines()
        labels = [line.partition('value="')[2].partition('"')[0] for line in lines]
        (label,) = (one for one in labels if "9.9.9_linux_x86_64" in one and "simulator" in one)
        text = self.bazel.run("build", label, succeeds=False).stderr
        for word in ("valgrind 9.9.9 (codspeed) for linux_x86_64", *words):
            self.assertIn(word, text)

    def test_a_member_of_a_package_outside(self) -> None:
        victim = self.workspace.folder / "member"
        package = deb(b"evil", f"../../{victim.name}")
        self.unusable_package(package, "a member that no package has")
        self.assertFalse(victim.exists())

    def test_a_package_whose_folders_are_links(self) -> None:
        victim = self.workspace.folder / "outside" / "debug"
        victim.mkdir(parents=True)
        link = entry("./usr/lib", tarfile.SYMTYPE, str(victim.parent))
        package = deb(tar([(entry("./usr/bin/valgrind"), b""), (link, b"")]))
        self.unusable_package(package, "a link that leads outside")
        self.assertTrue(victim.exists())


if __name__ == "__main__":
    unittest.main()
