"""Pinned tools as users ask for them: versions, archives of their own, mirrors, both ways."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from tests.e2e.archives import (
    ARCHIVE,
    PREFIX,
    RUNNER,
    VERSION,
    Workspace,
    attributes,
    call,
    installer,
    runner_archive,
    runner_row,
    sha256,
)
from tests.e2e.bazel import WORKSPACE_MODE, Bazel
from tests.e2e.http_server import Answer, Server


def table(sha256_by_platform: dict[str, str]) -> dict[str, object]:
    """Returns a table of archives with one release of the runner."""
    prefix = PREFIX.replace("x86_64", "{platform}")
    build = {
        "tool": "codspeed-runner",
        "platforms": {"linux_aarch64": "aarch64", "linux_x86_64": "x86_64"},
        "urls": [f"https://releases.example/v{{version}}/{prefix}.tar.gz"],
        "strip_prefix": prefix,
        "binary": "codspeed",
        "provenance": "a test",
        "releases": [{"version": VERSION["codspeed-runner"], "sha256": sha256_by_platform}],
    }
    return {"$schema": "./archives.schema.json", "defaults": VERSION, "builds": [build]}


class ToolsTest(unittest.TestCase):
    """One workspace and one server for all; each test writes its own MODULE.bazel."""

    workspace: ClassVar[Workspace]
    server: ClassVar[Server]
    bazel: ClassVar[Bazel]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.workspace = stack.enter_context(Workspace())
        cls.server = stack.enter_context(Server())
        cls.bazel = stack.enter_context(Bazel(cls.workspace.folder))

    def setUp(self) -> None:
        self.server.answers.clear()
        self.server.requests.clear()

    def serve(self, content: bytes, path: str = f"/{ARCHIVE}") -> str:
        """Serves a file; returns its address."""
        self.server.answers[path] = Answer(content)
        return self.server.url + path

    def fails(self, *words: str, target: str = RUNNER) -> str:
        """Builds what must fail, checks what it says, and returns that."""
        text = self.bazel.run("build", target, succeeds=False).stderr
        for word in words:
            self.assertIn(word, text)
        return text

    def test_runs_an_archive_that_the_workspace_pins(self) -> None:
        content = runner_archive(b'#!/bin/sh\nprintf "<%s>" "$@"\n')
        url = self.serve(content)
        self.workspace.module(
            runner_row(url, sha256=sha256(content)), call("toolchain", versions=VERSION)
        )
        run = self.bazel.run("run", RUNNER, "--", "--version", "a  b")
        self.assertEqual(run.stdout, "<--version><a  b>")
        self.assertEqual(self.server.requests, [f"/{ARCHIVE}"])

    def test_a_static_program_is_one_for_the_platform(self) -> None:
        """As the runner is, for musl; the compiler's static programs have the same header."""
        source, program = (self.workspace.folder / name for name in ("static.c", "static"))
        source.write_text('#include <stdio.h>\nint main() { puts("codspeed-run 9.9.9"); }\n')
        subprocess.run(["cc", "-static", "-o", program, source], check=True)
        ours = program.read_bytes()
        # e_machine, of elf(5).
        theirs = ours[:18] + (183).to_bytes(2, "little") + ours[20:]
        for content in (ours, theirs):
            packed = runner_archive(content)
            row = runner_row(self.serve(packed), sha256=sha256(packed))
            self.workspace.module(row, call("toolchain", versions=VERSION))
            if content == ours:
                run = self.bazel.run("run", RUNNER, "--", "--version")
                self.assertEqual(run.stdout, "codspeed-run 9.9.9\n")
            else:
                self.fails("a program that is not for linux_x86_64: ELF", "machine 183")

    def test_an_installer_states_the_hash_and_is_never_run(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho second\n")
        url = self.serve(content)
        ran = self.workspace.folder / "ran"
        script = installer(ran, '_checksum_style="sha256"', f'_checksum_value="{sha256(content)}"')
        pin = {
            "installer_sha256": sha256(script),
            "installer_urls": [self.serve(script, "/installer.sh")],
        }
        self.workspace.module(runner_row(url, **pin), call("toolchain", versions=VERSION))
        self.assertEqual(self.bazel.run("run", RUNNER).stdout, "second\n")
        self.assertEqual(self.server.requests, ["/installer.sh", f"/{ARCHIVE}"])
        self.assertFalse(ran.exists())

    def test_installers_without_the_hash(self) -> None:
        url = self.serve(runner_archive())
        cases = [
            (installer(Path("ran")), f"an installer that carries no checksum of {ARCHIVE}"),
            (
                installer(Path("ran"), '_checksum_style="sha3-256"', '_checksum_value="0"'),
                "sha3-256",
            ),
            (b"#!/bin/sh\n", "an installer for no archive"),
        ]
        for number, (script, words) in enumerate(cases):
            with self.subTest(words):
                pin = {
                    "installer_sha256": sha256(script),
                    "installer_urls": [self.serve(script, f"/{number}/installer.sh")],
                }
                self.workspace.module(runner_row(url, **pin), call("toolchain", versions=VERSION))
                self.fails(
                    words,
                    "the installer of codspeed-runner 9.9.9 for linux_x86_64",
                    "pin the archive by hand: codspeed.archive(",
                )

    def test_without_a_hash_it_prints_the_value_to_paste(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho third\n")
        # Bazel itself refuses plain http where there is no hash.
        (self.workspace.folder / ARCHIVE).write_bytes(content)
        url = f"file://{self.workspace.folder}/{ARCHIVE}"
        chosen = call("toolchain", versions=VERSION)
        self.workspace.module(runner_row(url), chosen)
        text = self.fails("a row of MODULE.bazel of team has no hash")
        line = f'sha256 = "{sha256(content)}"'
        self.assertIn(f"then paste: {line},", text)
        self.workspace.module(runner_row(url, sha256=sha256(content)), chosen)
        self.assertEqual(self.bazel.run("run", RUNNER).stdout, "third\n")

    def test_what_does_not_exist_lists_what_does(self) -> None:
        for tag, words in [
            (
                call("toolchain", versions={"codspeed-runner": "4.16.0"}),
                ["no codspeed-runner 4.16.0", "4.11.0, 4.11.1", "5.0.2", "codspeed.archive("],
            ),
            (call("toolchain", versions={"perf": "1"}), ["unknown tool", '"codspeed-runner"']),
            (runner_row("https://a.example/x.tar.gz", platform="linux_s390x"), ["linux_aarch64"]),
            (runner_row("http://a.example/x.tar.gz"), ["https://", "urls of archive("]),
            (runner_row("https://a.example/x.tar.gz", sha256="0" * 64), ["64 hexadecimal digits"]),
            (runner_row("https://joe:pw@a.example/x.tar.gz"), ["https://***@a.example", "netrc"]),
            (runner_row("http://localhost:80@a.example/x.tar.gz"), ["http://***@a.example"]),
            (runner_row("https://a.example/x.tar.gz", strip_prefix="../x"), ["strip_prefix"]),
            (runner_row("https://a.example/x.tar.gz", binary="/bin/sh"), ["binary of archive("]),
            (runner_row("https://a.example/x.tar.gz", version="9/../9"), ["version of archive("]),
            (runner_row("https://a.example/x.tar.gz") * 2, []),
            (call("mirror", url_templates=["http://m.example/{path}"]), ["cannot be used"]),
            (call("mirror", url_templates=["https://m.example/{host}"]), ["{path}"]),
        ]:
            with self.subTest(tag):
                self.workspace.module(*tag.splitlines(keepends=True))
                self.fails("Error in fail: rules_codspeed: ", *words)

    def test_a_mirror_comes_first_and_the_table_after_it(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho mirrored\n")
        url = self.serve(content, f"/origin/{ARCHIVE}")
        host = self.server.url.partition("//")[2]
        mirrors = [
            f"{self.server.url}/a/{{host}}/{{path}}",
            f"{self.server.url}/b/{{sha256}}/{{file}}",
        ]
        self.workspace.module(
            runner_row(url, sha256=sha256(content)),
            call("mirror", url_templates=mirrors),
            call("toolchain", versions=VERSION),
        )
        self.assertEqual(self.bazel.run("run", RUNNER).stdout, "mirrored\n")
        self.assertEqual(
            self.server.requests,
            [
                f"/a/{host}/origin/{ARCHIVE}",
                f"/b/{sha256(content)}/{ARCHIVE}",
                f"/origin/{ARCHIVE}",
            ],
        )

    def test_a_mirror_that_asks_for_a_password(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho secret\n")
        url = self.server.url + f"/private/{ARCHIVE}"
        password = "Basic " + base64.b64encode(b"reader:s3cret").decode()
        self.server.answers[f"/private/{ARCHIVE}"] = Answer(content, password=password)
        self.workspace.module(
            runner_row(url, sha256=sha256(content)), call("toolchain", versions=VERSION)
        )
        self.fails("cannot fetch codspeed-runner-x86_64")
        with tempfile.TemporaryDirectory() as home:
            netrc = "machine 127.0.0.1\nlogin reader\npassword s3cret\n"
            Path(home, ".netrc").write_text(netrc, "utf-8")
            run = self.bazel.run("run", f"--repo_env=HOME={home}", RUNNER)
        self.assertEqual(run.stdout, "secret\n")

    def test_a_credential_helper(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho helped\n")
        url = self.server.url + f"/helped/{ARCHIVE}"
        password = "Bearer from-a-helper"
        self.server.answers[f"/helped/{ARCHIVE}"] = Answer(content, password=password)
        row = runner_row(url, sha256=sha256(content))
        self.workspace.module(row, call("toolchain", versions=VERSION))
        helper = self.workspace.folder / "helper"
        headers = json.dumps({"headers": {"Authorization": [password]}})
        helper.write_text(f"#!/bin/sh\necho '{headers}'\n", encoding="utf-8")
        helper.chmod(0o755)
        run = self.bazel.run("run", f"--credential_helper=127.0.0.1={helper}", RUNNER)
        self.assertEqual(run.stdout, "helped\n")

    def test_a_folder_that_the_mirror_command_filled(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho from the folder\n")
        url = f"https://releases.example/v9.9.9/{ARCHIVE}"
        self.serve(content, f"/releases.example/v9.9.9/{ARCHIVE}")
        other = ARCHIVE.replace("x86_64", "aarch64")
        self.serve(content + b"\0", f"/releases.example/v9.9.9/{other}")
        hashes = {"linux_x86_64": sha256(content), "linux_aarch64": sha256(content + b"\0")}
        file = self.workspace.folder / "table.json"
        file.write_text(json.dumps(table(hashes)), encoding="utf-8")
        mirror = self.workspace.folder / "mirror"
        template = f"{self.server.url}/{{host}}/{{path}}"
        arguments = [f"--out={mirror}", f"--table={file}", f"--from={template}"]
        self.workspace.module()
        self.bazel.run("run", "@rules_codspeed//tools:mirror", "--", *arguments)
        self.server.answers.clear()
        row = runner_row(url, sha256=sha256(content))
        chosen = call("toolchain", versions=VERSION)
        folder = call("mirror", url_templates=[f"file://{mirror}/{{host}}/{{path}}"])
        for tags, flags in [((folder,), ()), ((), (f"--distdir={mirror}",))]:
            self.workspace.module(row, chosen, *tags)
            with Bazel(self.workspace.folder, flags=["--repository_cache=", *flags]) as bazel:
                self.assertEqual(bazel.run("run", RUNNER).stdout, "from the folder\n")

    def test_both_ways_declare_the_same(self) -> None:
        content = runner_archive(b"#!/bin/sh\necho both\n")
        url = self.serve(content)
        versions = {**VERSION, "valgrind": "3.26.0-0codspeed3"}
        mirrors = [f"{self.server.url}/mirror/{{file}}"]
        self.serve(content, f"/mirror/{ARCHIVE}")
        row = attributes(url, sha256=sha256(content))
        self.workspace.module(
            call("archive", **row),
            call("toolchain", versions=versions),
            call("mirror", url_templates=mirrors),
        )
        self.workspace.workspace(archives=[row], versions=versions, mirrors=mirrors)
        found = []
        for flags in [(), WORKSPACE_MODE]:
            with Bazel(self.workspace.folder, flags=flags) as bazel:
                self.assertEqual(bazel.run("run", RUNNER).stdout, "both\n")
                names = bazel.run("query", "kind(toolchain, @codspeed_toolchains//:all)").stdout
                found.append([line.rpartition(":")[2] for line in names.splitlines()])
        self.assertEqual(found[0], found[1])
        self.assertIn("codspeed_valgrind_3.26.0_0codspeed3_linux_aarch64", found[0])
        self.assertIn("codspeed_runner_9.9.9_linux_x86_64", found[0])
        # The second may have come from the repository cache.
        self.assertEqual(set(self.server.requests), {f"/mirror/{ARCHIVE}"})


if __name__ == "__main__":
    unittest.main()
