"""Adding a version: its hashes come from a confirmed one, or are said to be unconfirmed."""

from __future__ import annotations

import pytest

from tests.tools.archives.checkout import NEW, SCRIPT, SEEN, Checkout, refused
from tests.tools.archives.releases import (
    CPUS,
    HOST,
    archive,
    archive_name,
    deb,
    installer,
    runner_installer,
    runner_release,
    serve_runner,
    sha256,
    small_document,
    table_json,
    tar_gz,
)
from tests.tools.archives.server import Answer, Server


def test_a_confirmed_installer(checkout: Checkout, server: Server) -> None:
    status, text = checkout.add(
        serve_runner(server, NEW), "--allow-new-installer-hash", SCRIPT, "--source", "the action"
    )
    assert status == 0, text
    assert checkout.release() == {**runner_release(NEW), "provenance": "the action"}
    printed = "codspeed-runner 4.12.0: 2 archives verified; releases written: 1."
    assert f"{printed} The default is 4.11.0." in text


def test_a_new_version_is_one_line(checkout: Checkout, server: Server) -> None:
    source = ("--allow-new-installer-hash", SCRIPT, "--source", "the tests")
    before = checkout.table.read_text()
    assert checkout.add(serve_runner(server, NEW), *source)[0] == 0
    line = f',\n    {{"version": "{NEW}", "installer_sha256": "{SCRIPT}"}}'
    assert line in checkout.table.read_text()
    assert checkout.table.read_text().replace(line, "") == before


def test_what_is_generated_is_current_too(checkout: Checkout, server: Server) -> None:
    template = serve_runner(server, NEW)
    assert checkout.add(template, "--trust-first-use")[0] == 0
    twin = (checkout.root / "rules/private/archives/archives_lock.bzl").read_text()
    assert f'{{"version": "{NEW}", "installer_sha256": "{SCRIPT}"' in twin
    address = f"https://{HOST}/v{NEW}/{archive_name('linux_x86_64')}"
    assert address in (checkout.root / "docs/urls.txt").read_text().splitlines()
    assert (checkout.root / "tools/archives.schema.json").is_file()


def test_trust_on_first_use_is_stated_in_the_row(checkout: Checkout, server: Server) -> None:
    status, text = checkout.add(serve_runner(server, NEW), "--trust-first-use")
    assert status == 0, text
    assert checkout.release() == {
        "version": NEW,
        "installer_sha256": SCRIPT,
        "provenance": SEEN,
    }


def test_nothing_is_trusted_unasked(checkout: Checkout, server: Server) -> None:
    text = refused(checkout, checkout.add(serve_runner(server, NEW)))
    assert "the installer of codspeed-runner 4.12.0 has no confirmed hash" in text
    assert f"--allow-new-installer-hash {SCRIPT} --source WHO_CONFIRMS_IT" in text
    assert "--trust-first-use" in text


def test_an_installer_with_another_hash_than_the_confirmed(
    checkout: Checkout, server: Server
) -> None:
    other = sha256(b"other")
    text = refused(
        checkout,
        checkout.add(
            serve_runner(server, NEW), "--allow-new-installer-hash", other, "--source", "the action"
        ),
    )
    assert f"with SHA-256 {SCRIPT}" in text
    assert f"the file with SHA-256 {other}" in text


def test_pinned_by_the_archives_own_hashes(checkout: Checkout, server: Server) -> None:
    status, text = checkout.add(serve_runner(server, NEW), "--trust-first-use", "--pin")
    assert status == 0, text
    assert checkout.release() == {
        "version": NEW,
        "sha256": hashes(NEW),
        "provenance": f"{SEEN}, from installer {SCRIPT}",
    }


def test_a_known_version_is_pinned_by_its_archives(checkout: Checkout, server: Server) -> None:
    status, text = checkout.add(serve_runner(server, "4.9.0"), "--pin", version="4.9.0")
    assert status == 0, text
    known = sha256(runner_installer("4.9.0"))
    release = checkout.release("4.9.0")
    assert release == {
        "version": "4.9.0",
        "sha256": hashes("4.9.0"),
        "provenance": f"the tests, from installer {known}",
    }

    status, text = checkout.add(serve_runner(server, "4.9.0"), version="4.9.0")
    assert (status, checkout.release("4.9.0")) == (0, release)
    assert "2 archives verified; releases written: 0." in text


def test_a_known_version_is_verified(checkout: Checkout, server: Server) -> None:
    before = checkout.table.read_text()
    status, text = checkout.add(serve_runner(server, "4.11.0"), version="4.11.0")
    assert (status, checkout.table.read_text()) == (0, before), text


def test_a_changed_installer_of_a_known_version(checkout: Checkout, server: Server) -> None:
    known, changed = (sha256(runner_installer(version)) for version in ("4.11.0", NEW))
    template = serve_runner(server, "4.11.0", runner_installer(NEW))
    text = refused(checkout, checkout.add(template, "--trust-first-use", version="4.11.0"))
    assert f"with SHA-256 {changed}" in text
    assert f"the file with SHA-256 {known}" in text
    assert "leave the table as it is and ask the makers" in text


def test_another_installer_hash_for_a_known_version(checkout: Checkout, server: Server) -> None:
    template = serve_runner(server, "4.11.0", runner_installer(NEW))
    hashes = ("--allow-new-installer-hash", SCRIPT, "--source", "somebody")
    text = refused(checkout, checkout.add(template, *hashes, version="4.11.0"))
    assert "codspeed-runner 4.11.0 is in the table with another installer" in text
    assert SCRIPT in text
    assert sha256(runner_installer("4.11.0")) in text
    assert server.requests == []


def test_a_changed_archive_of_a_known_version(checkout: Checkout, server: Server) -> None:
    template = serve_runner(server, "4.9.0")
    assert checkout.add(template, "--pin", version="4.9.0")[0] == 0
    before = checkout.table.read_text()
    name = archive_name("linux_aarch64")
    server.put(f"/{HOST}/v4.9.0/{name}", Answer(b"changed"))
    status, text = checkout.add(template, "--trust-first-use", "--pin", version="4.9.0")
    assert (status, checkout.table.read_text()) == (1, before)
    assert sha256(b"changed") in text
    assert sha256(archive("4.9.0", "linux_aarch64")) in text


def test_an_archive_that_is_not_what_the_installer_says(checkout: Checkout, server: Server) -> None:
    template = serve_runner(server, NEW)
    server.put(f"/{HOST}/v{NEW}/{archive_name('linux_x86_64')}", Answer(b"changed"))
    text = refused(checkout, checkout.add(template, "--trust-first-use"))
    assert f"cannot fetch {archive_name('linux_x86_64')} of codspeed-runner 4.12.0" in text


@pytest.fixture
def silent(server: Server) -> str:
    """A release whose installer carries no checksums."""
    return serve_runner(server, NEW, runner_installer(NEW, with_checksums=False))


def hashes(version: str) -> dict[str, str]:
    """Returns the hashes of a version's archives by platform."""
    return {cpu: sha256(archive(version, cpu)) for cpu in CPUS}


def put_checksums(server: Server, text: str) -> None:
    for cpu in CPUS:
        name = archive_name(cpu)
        line = text.format(sha256=sha256(archive(NEW, cpu)), name=name)
        server.put(f"/{HOST}/v{NEW}/{name}.sha256", Answer(line.encode()))


@pytest.mark.parametrize("stated", [True, False])
def test_an_installer_without_checksums(
    checkout: Checkout, server: Server, silent: str, stated: bool
) -> None:
    if stated:
        put_checksums(server, "{sha256} *{name}\n")
    status, text = checkout.add(silent, "--trust-first-use")
    assert status == 0, text
    source = "download and checksum file" if stated else "download"
    assert checkout.release() == {
        "version": NEW,
        "sha256": hashes(NEW),
        "provenance": f"{source}, {SEEN}",
    }


def test_an_installer_with_one_checksum(checkout: Checkout, server: Server) -> None:
    known, unknown = map(archive_name, CPUS)
    stated = ("sha256", sha256(archive(NEW, "linux_aarch64")))
    template = serve_runner(server, NEW, installer({known: stated, unknown: None}).encode())
    assert f"{unknown} of codspeed-runner 4.12.0 has no confirmed hash" in refused(
        checkout,
        checkout.add(
            template,
            "--allow-new-installer-hash",
            sha256(installer({known: stated, unknown: None}).encode()),
            "--source=the action",
        ),
    )
    status, text = checkout.add(template, "--trust-first-use")
    assert status == 0, text
    assert checkout.release()["sha256"] == hashes(NEW)
    # What the installer does state is still compared.
    server.put(f"/{HOST}/v{NEW}/{known}", Answer(archive(NEW, "linux_x86_64")))
    checkout.table.write_text(table_json(small_document()))
    text = refused(checkout, checkout.add(template, "--trust-first-use"))
    assert f"cannot fetch {known} of codspeed-runner 4.12.0" in text


def test_an_installer_without_checksums_is_no_chain(checkout: Checkout, silent: str) -> None:
    script = sha256(runner_installer(NEW, with_checksums=False))
    given = ("--allow-new-installer-hash", script, "--source", "the action")
    text = refused(checkout, checkout.add(silent, *given))
    assert "has no confirmed hash. Got: no installer that states its SHA-256." in text


@pytest.mark.parametrize(
    ("checksums", "printed"),
    [
        ("4ea0e3b0425e01498ff1b70fba78228eedb4dd58efb6093360776fc6e4eae1a9 *{name}\n", "4ea0e3b"),
        ("<html>not here</html>", "does not state the hash"),
    ],
)
def test_a_checksum_file_that_disagrees(
    checkout: Checkout, server: Server, silent: str, checksums: str, printed: str
) -> None:
    put_checksums(server, checksums)
    assert printed in refused(checkout, checkout.add(silent, "--trust-first-use"))


def test_an_installer_for_other_archives(checkout: Checkout, server: Server) -> None:
    script = installer({"other.tar.gz": ("sha256", SCRIPT)}).encode()
    template = serve_runner(server, NEW, script)
    text = refused(checkout, checkout.add(template, "--trust-first-use"))
    assert "an installer for other.tar.gz" in text


def test_an_empty_release(checkout: Checkout, server: Server, silent: str) -> None:
    server.put(f"/{HOST}/v{NEW}/{archive_name('linux_aarch64')}", Answer(b""))
    text = refused(checkout, checkout.add(silent, "--trust-first-use"))
    assert "no tar.gz that can be read" in text

    text = refused(checkout, checkout.add(serve_runner(server, NEW, b""), "--trust-first-use"))
    assert "an installer for no archive" in text


def test_a_version_that_does_not_exist(checkout: Checkout, server: Server) -> None:
    text = refused(checkout, checkout.add(server.url + "/{path}", "--trust-first-use"))
    assert "codspeed-runner-installer.sh of codspeed-runner 4.12.0" in text
    assert text.count("404 Not Found") >= 2


def test_a_simulator_has_no_installer(checkout: Checkout, server: Server) -> None:
    version = "3.26.0-0codspeed7"
    names = [f"valgrind_{version}_codspeed_{cpu}.deb" for cpu in CPUS]
    packages = {name: deb(tar_gz({"./usr/bin/valgrind": name.encode()})) for name in names}
    for name, package in packages.items():
        server.put(f"/{HOST}/valgrind/{version}/{name}", Answer(package))
    ask = ("--tool", "valgrind", "--version", version, "--from", server.url + "/{host}/{path}")
    assert "--trust-first-use" in refused(checkout, checkout.run(*ask))
    status, text = checkout.run(*ask, "--trust-first-use")
    assert status == 0, text
    # The stock build has none: only the addressed build gets the version.
    assert checkout.release(version) == {
        "version": version,
        "sha256": {cpu: sha256(packages[name]) for cpu, name in zip(CPUS, names, strict=True)},
        "reported_version": "3.26.0.codspeed7",
        "provenance": f"download, {SEEN}",
    }


def test_a_version_after_one_that_is_pinned_by_its_archives(
    checkout: Checkout, server: Server
) -> None:
    assert checkout.add(serve_runner(server, NEW), "--trust-first-use", "--pin")[0] == 0
    newer = "4.13.0-rc.1"
    template = serve_runner(server, newer)
    status, text = checkout.add(template, "--trust-first-use", version=newer)
    assert status == 0, text
    assert checkout.release(newer)["installer_sha256"] == sha256(runner_installer(newer))


def test_a_new_version_deviates_as_the_newest_does(checkout: Checkout, server: Server) -> None:
    document = small_document()
    document["builds"][0]["releases"][1]["urls"] = [
        f"https://moved.example/{{version}}/{archive_name('{platform}')}"
    ]
    checkout.table.write_text(table_json(document))
    template = serve_runner(server, NEW)
    for cpu in CPUS:
        server.put(f"/moved.example/{NEW}/{archive_name(cpu)}", Answer(archive(NEW, cpu)))
        server.put(f"/{HOST}/v{NEW}/{archive_name(cpu)}", Answer(status=404))
    status, text = checkout.add(template, "--trust-first-use")
    assert status == 0, text
    assert checkout.release()["urls"] == document["builds"][0]["releases"][1]["urls"]
