"""Finding newer versions by GitHub's list of releases, as a server in its shape gives it."""

from __future__ import annotations

import json

import pytest

from tests.tools.archives.checkout import Checkout
from tests.tools.archives.releases import (
    HOST,
    archive,
    archive_name,
    document,
    runner_build,
    runner_release,
    serve_runner,
    sha256,
    table_json,
)
from tests.tools.archives.server import Answer, Server
from tools.archives import update
from tools.archives.retry import Retry

_REPOSITORY = "maker/codspeed"
_PAGE = "/api.github.com/repos/maker/codspeed/releases?per_page=100&page={}"


def listed(server: Server, page: int, *tags: str, **more: bool) -> None:
    """Makes the server list releases."""
    releases = [
        {"tag_name": tag, "name": tag, "draft": False, "prerelease": False, "assets": [], **more}
        for tag in tags
    ]
    headers = {"Content-Type": "application/json; charset=utf-8"}
    server.put(_PAGE.format(page), Answer(json.dumps(releases).encode(), headers=headers))


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "wait", lambda *_: None)


@pytest.fixture
def table(checkout: Checkout) -> Checkout:
    """A checkout whose runner is released at GitHub."""
    build = runner_build(*map(runner_release, ("4.9.0", "4.11.0")))
    name = archive_name("{platform}")
    build["urls"] = [f"https://github.com/{_REPOSITORY}/releases/download/v{{version}}/{name}"]
    checkout.table.write_text(table_json(document(build)))
    return checkout


def served(server: Server, version: str) -> str:
    """Makes the server a mirror of a release; returns the mirror's template."""
    template = serve_runner(server, version)
    base = f"/github.com/{_REPOSITORY}/releases/download/v{version}"
    for platform in ("aarch64", "x86_64"):
        name = archive_name(platform)
        server.put(f"{base}/{name}", server.answer(f"/{HOST}/v{version}/{name}"))
    return template


def test_newer_versions_are_added(table: Checkout, server: Server) -> None:
    others = ["memtrack-v9.9.9", "v4.12.0-alpha.1", "v4.10.0", "v4.11.0", "v4.8.0", "nightly"]
    listed(server, 1, *[f"old-{number}" for number in range(94)], *others)
    listed(server, 2, "v5.0.0", "v4.12.0")
    template = served(server, "4.12.0")
    served(server, "5.0.0")
    status, text = table.run("--find", "--from", template, "--trust-first-use")
    assert status == 0, text
    assert text.index("codspeed-runner 4.12.0: 2 archives") < text.index("codspeed-runner 5.0.0: 2")
    assert table.release("4.12.0")["provenance"].endswith("not confirmed")
    assert table.release("5.0.0")
    assert not table.releases("4.10.0")
    status, text = table.run("--find", "--tool", "runner", "--from", template)
    assert status == 0
    assert "codspeed-runner: nothing is newer than the table.\n" in text


def test_drafts_are_left_out(table: Checkout, server: Server) -> None:
    listed(server, 1, "v4.12.0", draft=True)
    status, text = table.run("--find", "--from", server.url + "/{host}/{path}")
    assert status == 0
    assert "codspeed-runner: nothing is newer than the table.\n" in text
    listed(server, 1, "v4.12.0", prerelease=True)
    assert table.run("--find", "--from", server.url + "/{host}/{path}")[0] == 0


def test_a_version_that_fails_does_not_keep_others_out(table: Checkout, server: Server) -> None:
    listed(server, 1, "v4.12.0", "v4.13.0", "v4.14.0")
    template = served(server, "4.14.0")
    served(server, "4.12.0")
    served(server, "4.13.0")
    broken = server.answer(f"/{HOST}/v4.13.0/{archive_name('x86_64')}")
    base = f"/github.com/{_REPOSITORY}/releases/download/v4.13.0/"
    cut = Answer(broken.body, sent=len(broken.body) // 2)
    server.put(base + archive_name("x86_64"), cut)
    status, text = table.run("--find", "--from", template, "--trust-first-use")
    assert status == 1
    assert "cannot fetch" in text
    assert table.release("4.12.0")
    assert table.release("4.14.0")
    assert not table.releases("4.13.0")


def test_without_a_confirmed_hash_the_next_step_is_named(table: Checkout, server: Server) -> None:
    listed(server, 1, "v4.12.0")
    before = table.table.read_text()
    status, text = table.run("--find", "--from", served(server, "4.12.0"))
    assert status == 1
    assert "the installer of codspeed-runner 4.12.0 has no confirmed hash" in text
    assert table.table.read_text() == before


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(
                b'{"message": "API rate limit exceeded"}',
                403,
                {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1796040000"},
            ),
            ["403 Forbidden: its rate limit is exceeded, until", "UTC", "netrc"],
        ),
        (
            Answer(b"", 429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 30}),
            ["429 Too Many Requests: its rate limit is exceeded"],
        ),
        (Answer(b"", 429, {"Retry-After": "3"}), ["429 Too Many Requests"]),
        (Answer(b"<html>login", 200), ["cannot be read", "proxy"]),
        (Answer(b'{"message": "Not Found"}', 200), ["it is not a list of releases"]),
        (Answer(b'[{"name": 1}]', 200), ["'tag_name'"]),
        (Answer(b'[{"tag_name": "v4.12.0"}]', 200, sent=5), ["no answer"]),
    ],
)
def test_a_list_that_cannot_be_read(
    table: Checkout, server: Server, answer: Answer, words: list[str]
) -> None:
    server.put(_PAGE.format(1), answer)
    before = table.table.read_text()
    status, text = table.run("--find", "--from", server.url + "/{host}/{path}")
    assert status == 1
    assert "Fix: " in text
    for word in words:
        assert word in text
    assert table.table.read_text() == before


def test_tools_without_a_list(checkout: Checkout) -> None:
    status, text = checkout.run("--find")
    assert status == 0
    assert "codspeed-runner: its releases are listed nowhere." in text


def test_a_version_is_printed_for_module_files(
    table: Checkout, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "_OWN_TABLE", table.table)
    monkeypatch.delenv("BUILD_WORKSPACE_DIRECTORY")
    before = table.table.read_text()
    listed(server, 1, "v4.12.0")
    template = served(server, "4.12.0")
    status, text = table.run("--find", "--print", "--from", template, "--trust-first-use")
    assert status == 0, text
    name = archive_name("linux_x86_64")
    assert (
        "codspeed.archive(\n"
        '    tool = "codspeed-runner",\n'
        '    version = "4.12.0",\n'
        '    platform = "linux_x86_64",\n'
        f'    urls = ["https://github.com/{_REPOSITORY}/releases/download/v4.12.0/{name}"],\n'
        f'    sha256 = "{sha256(archive("4.12.0", "linux_x86_64"))}",\n'
        f'    strip_prefix = "{name.removesuffix(".tar.gz")}",\n'
        '    binary = "codspeed",\n'
        ")\n"
    ) in text
    assert text.count("codspeed.archive(") == 2
    assert table.table.read_text() == before
