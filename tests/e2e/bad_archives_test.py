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
            # A server that says nothing is given up after a second instead of twenty.
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
        """Answers so that the fetch must fail; then well: nothing of the first try is trusted."""
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

    def unusable(self, content: bytes, *words: str) -> None:
        """Pins an archive by its true hash, and shows that it is refused all the same."""
        self.pin(content)
        self.server.answers[self.path] = Answer(content)
        self.fails(f"the archive {ARCHIVE} of", "pin an archive of codspeed-runner", *words)

    def test_link_to_a_file_outside(self) -> None:
        link = entry(f"{PREFIX}/host", tarfile.SYMTYPE, "../../../../../../../../etc/hostname")
        self.unusable(tar([_PROGRAM, (link, b"")]), "a link that leads outside, host")

    def test_absolute_link(self) -> None:
        # Bazel takes its target for a path in the repository.
        link = entry(f"{PREFIX}/etc", tarfile.SYMTYPE, "/etc")
        self.unusable(tar([_PROGRAM, (link, b"")]), "a link that leads nowhere, etc")

    def test_link_that_leads_nowhere(self) -> None:
        link = entry(f"{PREFIX}/lib/none", tarfile.SYMTYPE, "nothing")
        self.unusable(tar([_PROGRAM, (link, b"")]), "a link that leads nowhere, lib/none")

    def test_a_file_for_bazel(self) -> None:
        build = (entry(f"{PREFIX}/lib/BUILD.bazel"), b"fail()\n")
        self.unusable(tar([_PROGRAM, build]), "a file for Bazel, lib/BUILD.bazel")

    def test_entries_outside_are_left_out(self) -> None:
        victim = self.workspace.folder / "victim"
        up = "../" * 30
        content = tar(
            [
                (entry(f"{up}{victim}"), b"1"),
                (entry(f"{PREFIX}/{up}{victim}"), b"2"),
                (entry(str(victim)), b"3"),
                (entry("other/file"), b"4"),
                _PROGRAM,
            ]
        )
        self.pin(content)
        self.server.answers[self.path] = Answer(content)
        self.runs("unpacked")
        self.assertFalse(victim.exists())
        repository = next((self.bazel.output_base / "external").glob("*codspeed_runner_9.9.9*64"))
        self.assertEqual(
            sorted(path.name for path in repository.iterdir()),
            ["BUILD.bazel", "REPO.bazel", "codspeed"],
        )

    def test_devices_become_empty_files(self) -> None:
        devices = [
            (entry(f"{PREFIX}/null", tarfile.CHRTYPE), b""),
            (entry(f"{PREFIX}/pipe", tarfile.FIFOTYPE), b""),
        ]
        content = tar([_PROGRAM, *devices])
        self.pin(content)
        self.server.answers[self.path] = Answer(content)
        self.runs("unpacked")
        repository = next((self.bazel.output_base / "external").glob("*codspeed_runner_9.9.9*64"))
        for name in ["null", "pipe"]:
            self.assertTrue((repository / name).is_file())
            self.assertEqual((repository / name).stat().st_size, 0)

    def test_no_archive_at_all(self) -> None:
        self.pin(_HTML)
        self.server.answers[self.path] = Answer(_HTML)
        text = self.bazel.run("build", RUNNER, succeeds=False).stderr
        self.assertIn(ARCHIVE, text)

    def test_without_the_program(self) -> None:
        content = tar([(entry(f"{PREFIX}/README"), b"")])
        self.pin(content)
        self.server.answers[self.path] = Answer(content)
        text = self.bazel.run("build", RUNNER, succeeds=False).stderr
        self.assertIn(
            "codspeed-runner 9.9.9 has no program. Got: README. Expected: codspeed below", text
        )


if __name__ == "__main__":
    unittest.main()
