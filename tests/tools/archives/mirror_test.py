"""A mirror folder: complete, verified, mended, and as --distdir and a mirror server need it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.tools.archives.releases import (
    CPUS,
    HOST,
    archive,
    archive_name,
    document,
    package_name,
    runner_build,
    runner_installer,
    runner_release,
    serve_runner,
    sha256,
    small_document,
    table_json,
)
from tests.tools.archives.server import Answer, Server
from tools.archives import mirror

SCRIPT = "codspeed-runner-installer.sh"
DEFAULT = "4.11.0"
DEBS = [
    f"valgrind_3.26.0-0codspeed{number}_codspeed_{cpu}.deb" for number in (5, 6) for cpu in CPUS
]


class Command:
    """The command, and the folder that it fills."""

    def __init__(self, folder: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
        self.table = folder / "archives.json"
        self.table.write_text(table_json(small_document()))
        self.out = folder / "mirror"
        self._server = server
        self._capsys = capsys
        for version in ("4.9.0", DEFAULT):
            serve_runner(server, version)
        for name in DEBS:
            version = name.split("_")[1]
            server.put(f"/{HOST}/valgrind/{version}/{name}", Answer(name.encode()))

    def run(self, *arguments: str, out: str = "") -> tuple[int, str]:
        """Runs the command; returns its status and what it printed."""
        self._server.requests.clear()
        status = mirror.main(
            [
                f"--out={out or self.out}",
                f"--table={self.table}",
                f"--from={self._server.url}/{{host}}/{{path}}",
                *arguments,
            ]
        )
        captured = self._capsys.readouterr()
        return status, captured.out + captured.err

    def files(self) -> dict[str, bytes]:
        return {
            str(file.relative_to(self.out)): file.read_bytes()
            for file in self.out.rglob("*")
            if file.is_file()
        }


@pytest.fixture
def command(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, server, capsys)


def runner_files(version: str, *, flat: bool) -> dict[str, bytes]:
    """Returns where the files of a version of the runner must be."""
    files = {archive_name(cpu): archive(version, cpu) for cpu in CPUS}
    files[SCRIPT] = runner_installer(version)
    places = {f"other.example/v{version}/install.sh": files[SCRIPT]}
    for name, content in files.items():
        places[f"{HOST}/v{version}/{name}"] = content
        places[f"codspeed-runner/{version}/{name}"] = content
        if flat:
            places[name] = content
    return places


def test_the_default_versions(command: Command) -> None:
    status, text = command.run()
    assert status == 0, text
    expected = runner_files(DEFAULT, flat=True)
    for name in DEBS[2:]:
        version = name.split("_")[1]
        for place in (f"{HOST}/valgrind/{version}", f"valgrind/{version}", "."):
            expected[str(Path(place, name))] = name.encode()
    assert command.files() == expected
    assert f"{command.out}: 5 files fetched, 0 of them replaced damaged ones; 0 were" in text
    assert f"Use the folder with --distdir={command.out}, or serve it" in text


def test_what_has_no_address_is_told_and_no_error(command: Command) -> None:
    status, text = command.run("--tool=valgrind")
    assert status == 0
    file = package_name("stock", "3.19.0-1", "linux_x86_64")
    assert f"{file}, SHA-256 {sha256(file.encode())}" in text


def test_a_file_is_on_the_disk_once(command: Command) -> None:
    command.run()
    name = archive_name("linux_x86_64")
    places = [f"{HOST}/v{DEFAULT}/{name}", f"codspeed-runner/{DEFAULT}/{name}", name]
    assert len({(command.out / place).stat().st_ino for place in places}) == 1


def test_a_second_run_fetches_nothing(command: Command, server: Server) -> None:
    command.run()
    status, text = command.run()
    assert status == 0
    assert server.requests == []
    assert "0 files fetched, 0 of them replaced damaged ones; 5 were there" in text


def test_what_is_damaged_or_missing_is_mended(command: Command, server: Server) -> None:
    command.run()
    before = command.files()
    damaged = command.out / f"{HOST}/v{DEFAULT}/{archive_name('linux_x86_64')}"
    damaged.write_bytes(b"damaged")
    missing = command.out / f"{HOST}/valgrind/3.26.0-0codspeed6/{DEBS[2]}"
    missing.unlink()
    flat = command.out / SCRIPT
    flat.unlink()
    flat.write_bytes(b"damaged")
    status, text = command.run()
    assert status == 0
    assert command.files() == before
    assert len(server.requests) == 2
    assert "2 files fetched, 1 of them replaced damaged ones; 3 were there" in text


def test_another_version_has_its_own_distdir(command: Command) -> None:
    status, text = command.run("--tool=runner", "--version=4.9.0")
    assert status == 0, text
    assert command.files() == runner_files("4.9.0", flat=False)
    assert f"--distdir={command.out}/codspeed-runner/4.9.0" in text


@pytest.mark.parametrize("versions", [["default", "4.9.0"], ["4.9.0", "default"], ["all"]])
def test_the_default_version_has_the_plain_names(command: Command, versions: list[str]) -> None:
    for version in versions:
        assert command.run("--tool=runner", f"--version={version}")[0] == 0
    both = runner_files("4.9.0", flat=False) | runner_files(DEFAULT, flat=True)
    assert command.files() == both


def test_names_of_one_version_are_plain_names(command: Command) -> None:
    command.run("--tool=valgrind", "--version=all")
    assert {*DEBS} <= {*command.files()}


def test_one_platform(command: Command) -> None:
    command.run("--tool=runner", "--platform=linux_aarch64")
    assert archive_name("linux_aarch64") in command.files()
    assert archive_name("linux_x86_64") not in command.files()


def test_the_first_address_that_answers_will_do(command: Command, server: Server) -> None:
    server.put(f"/{HOST}/v{DEFAULT}/{SCRIPT}", Answer(status=404))
    server.put(f"/other.example/v{DEFAULT}/install.sh", Answer(runner_installer(DEFAULT)))
    status, _ = command.run("--tool=runner")
    assert status == 0
    assert command.files() == runner_files(DEFAULT, flat=True)


def test_a_failure_does_not_stop_the_others(command: Command, server: Server) -> None:
    name = archive_name("linux_aarch64")
    server.put(
        f"/{HOST}/v{DEFAULT}/{name}", Answer(b"<html>", headers={"Content-Type": "text/html"})
    )
    status, text = command.run()
    assert status == 1
    assert re.search(r"Failed: codspeed-runner 4\.11\.0 for linux_aarch64: .*text/html", text)
    files = command.files()
    assert not [file for file in files if name in file]
    assert archive_name("linux_x86_64") in files
    assert DEBS[2] in files


def test_an_installer_that_tells_no_hash_is_a_failure(command: Command, server: Server) -> None:
    script = runner_installer(DEFAULT, with_checksums=False)
    release = runner_release(DEFAULT, installer_sha256=sha256(script))
    command.table.write_text(table_json(document(runner_build(release))))
    serve_runner(server, DEFAULT, script)
    status, text = command.run()
    assert status == 1
    assert "Got: an installer that carries no checksum of it." in text
    assert f"the release has it in {archive_name('linux_x86_64')}.sha256" in text


def test_the_mirror_is_a_mirror(command: Command, server: Server, tmp_path: Path) -> None:
    command.run("--version=all")
    before = command.files()
    for file, content in before.items():
        server.put(f"/copy/{file}", Answer(content))
    command.out = tmp_path / "second"
    status, text = command.run("--version=all", f"--from={server.url}/copy/{{host}}/{{path}}")
    assert status == 0, text
    assert {request.path.split("/")[1] for request in server.requests} == {"copy"}
    assert command.files() == before


def test_the_folder_is_where_the_user_is(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    assert command.run("--tool=valgrind", out="mirror")[0] == 0
    assert DEBS[2] in command.files()


def test_a_disk_without_hard_links_gets_copies(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    assert command.run("--tool=runner")[0] == 0
    assert command.files() == runner_files(DEFAULT, flat=True)


def test_an_unknown_version_is_told_with_those_that_there_are(command: Command) -> None:
    status, text = command.run("--tool=runner", "--version=5.0.0")
    assert status == 1
    assert "no version 5.0.0 of codspeed-runner" in text
    assert "default, all or one of 4.9.0, 4.11.0" in text


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--tool=perf"], "unknown tool"),
        (["--from=http://mirror.example/{path}"], "the mirror cannot be used"),
        (["--table=/nowhere/archives.json"], "cannot read /nowhere/archives.json"),
    ],
)
def test_a_mistake_is_reported(command: Command, arguments: list[str], printed: str) -> None:
    status, text = command.run(*arguments)
    assert status == 1
    assert printed in text


def test_a_folder_that_cannot_be_written_is_told(command: Command, tmp_path: Path) -> None:
    command.out = tmp_path / "file"
    command.out.write_text("")
    status, text = command.run()
    assert status == 1
    assert text.splitlines()[-1].startswith("rules_codspeed: ")
