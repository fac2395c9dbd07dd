"""The collector's pages, in a browser's eyes: what they show, and what they keep away."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from tests.collector.server import Server, serve, until
from tests.collector.uploads import TOKEN, Upload, plain, profile, simulation, tar
from tests.report.html.unpacked import blocks
from tests.results.walltime_documents import benchmark, document

HOSTILE = "</script><img src=x onerror=alert(1)>"
MAIN = {"ref": "refs/heads/main", "event": "push"}
BROWSER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}


def run(number: int, costs: Mapping[str, int], **changes: object) -> Upload:
    """Returns a run of a commit of its own."""
    return simulation(
        {"1.out": profile(costs)},
        run=str(number),
        **{"commitHash": f"{number:040x}", **MAIN, **changes},
    )


def send(server: Server, *uploads: Upload) -> None:
    for one in uploads:
        assert one.put(server.client).is_success


def page(client: httpx.Client, path: str, **headers: str) -> httpx.Response:
    """Returns a page when it is drawn."""
    answers: list[httpx.Response] = []

    def drawn() -> bool:
        answers.append(client.get(path, headers={**BROWSER, **headers}))
        return answers[-1].status_code != 202

    until(drawn, 120)
    return answers[-1]


def headline(text: str) -> str:
    """Returns the verdicts that a list of runs shows, the newest run first."""
    return ", ".join(re.findall(r'<span class="(?:passed|slower)">(.*?)</span>', text))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Upload, Upload]]:
    """A collector with two runs of one branch; the later one is slower."""
    with serve(tmp_path_factory.mktemp("pages") / "data") as server:
        names = {"b/x.cc::sort": 100_000, f"b/x.cc::{HOSTILE}": 50_000}
        first, second = run(1, names), run(2, {**names, "b/x.cc::sort": 200_000})
        send(server, first, second)
        drawn = page(server.client, f"/reports/{second.run_id}")
        assert drawn.is_success, drawn.text
        yield server, first, second


def test_projects_and_runs(two: tuple[Server, Upload, Upload]) -> None:
    server, first, second = two
    assert 'href="/projects/github/acme/widgets"' in page(server.client, "/").text
    text = page(server.client, "/projects/github/acme/widgets").text
    assert text.index(second.run_id) < text.index(first.run_id)
    assert "1 slower, 1 unchanged" in headline(text)


def test_a_report_compares_with_the_run_before_on_its_branch(
    two: tuple[Server, Upload, Upload],
) -> None:
    server, _, second = two
    answer = page(server.client, f"/reports/{second.run_id}")
    assert answer.status_code == 200
    assert blocks(answer.text)["overview"]["compared"] == "000000000000 of refs/heads/main"
    assert HOSTILE not in answer.text
    # The report's own scripts, by their hashes, in the file; the header adds what a file cannot.
    assert "script-src 'sha256-" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_any_two_runs_are_compared(two: tuple[Server, Upload, Upload]) -> None:
    server, first, second = two
    answer = page(server.client, f"/compare?base={second.run_id}&run={first.run_id}")
    assert answer.status_code == 200
    assert blocks(answer.text)["overview"]["verdicts"] == {"improved": 1, "unchanged": 1}


def test_pages_have_no_script_and_strict_headers(two: tuple[Server, Upload, Upload]) -> None:
    server, _, _ = two
    for path in ("/", "/projects/github/acme/widgets", "/reports/0", "/compare?base=1"):
        answer = server.client.get(path, headers=BROWSER)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script|\son[a-z]+=|\sstyle=|https?://", answer.text)


def test_what_is_not_there(two: tuple[Server, Upload, Upload]) -> None:
    server, first, _ = two
    other = f"/compare?base=nothing&run={first.run_id}"
    for path in ("/reports/nothing", other, "/projects/github/no/such"):
        assert server.client.get(path, headers=BROWSER).status_code == 404


def test_a_browser_is_led_from_the_run_to_its_report(two: tuple[Server, Upload, Upload]) -> None:
    server, first, _ = two
    answer = server.client.get(f"/runs/{first.run_id}", headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{first.run_id}")
    assert server.client.get(f"/runs/{first.run_id}").json()["id"] == first.run_id


def test_a_badge_for_each_branch(two: tuple[Server, Upload, Upload]) -> None:
    server, _, _ = two
    badge = "/badges/github/acme/widgets.svg"
    answer = server.client.get(badge)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    texts = [one.text for one in ElementTree.fromstring(answer.text).iter() if one.text]
    assert "1 slower, 1 unchanged" in texts
    other = server.client.get(badge, params={"branch": '"><script>'})
    assert "not measured" in other.text
    ElementTree.fromstring(other.text)


def test_a_pull_request_is_compared_with_its_base_branch(server: Server) -> None:
    change = {"ref": "refs/pull/7/merge", "event": "pull_request", "baseRef": "main"}
    main = run(1, {"b/x.cc::f": 1000_000})
    other = run(2, {"b/x.cc::f": 5000_000}, ref="refs/heads/other")
    pull = run(3, {"b/x.cc::f": 1500_000}, headRef="fix", **change)
    send(server, main, other, pull)
    text = page(server.client, f"/reports/{pull.run_id}").text
    assert blocks(text)["overview"]["compared"] == "000000000000 of refs/heads/main"
    assert blocks(text)["overview"]["verdicts"] == {"regressed": 1}


def test_walltime_and_what_cannot_be_read(server: Server) -> None:
    good = tar({"results/7.json": json.dumps(document(benchmark("b/x.cc::f"), pid=7)).encode()})
    upload = plain(good, count=1)
    send(server, upload)
    assert page(server.client, f"/reports/{upload.run_id}").status_code == 200
    damaged = simulation({"1.out": b"no profile\n"}, run="9", **MAIN)
    send(server, damaged)
    answer = page(server.client, f"/reports/{damaged.run_id}")
    assert answer.status_code == 500
    assert "cannot be read" in answer.text


def test_reports_are_made_again_from_the_archives(tmp_path: Path) -> None:
    upload = run(1, {"b/x.cc::f": 1000})
    with serve(tmp_path / "data") as server:
        send(server, upload)
        assert page(server.client, f"/reports/{upload.run_id}").is_success
    for file in (tmp_path / "data" / "reports").rglob("*.*"):
        file.unlink()
    with serve(tmp_path / "data") as server:
        assert page(server.client, f"/reports/{upload.run_id}").is_success


def test_a_token_to_read_with(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "read").write_text("read-token")
    tokens = [f"--token-file={tmp_path / 'token'}", f"--read-token-file={tmp_path / 'read'}"]
    with serve(tmp_path / "data", *tokens) as server:
        upload = run(1, {"b/x.cc::f": 1000})
        send(server, upload)
        refused = server.client.get("/", headers=BROWSER)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        for token, status in [("read-token", 200), (TOKEN, 200), ("wrong", 401)]:
            sent = base64.b64encode(f"anybody:{token}".encode()).decode()
            for path in ("/", "/projects/github/acme/widgets", "/badges/github/acme/widgets.svg"):
                answer = server.client.get(path, headers={"Authorization": f"Basic {sent}"})
                assert answer.status_code == status
        damaged = {"Authorization": "Basic !"}
        assert server.client.get("/", headers=damaged).status_code == 401
        # Which runs there are is nobody's business without a token.
        for known in (upload.run_id, "nothing"):
            answer = server.client.get(f"/runs/{known}", headers=BROWSER)
            assert answer.status_code == 303
            assert server.client.get(answer.headers["Location"]).status_code == 401
        # It reads, and sends nothing.
        assert server.client.get("/runs", headers={"Authorization": "read-token"}).is_success
        other = run(2, {"b/x.cc::f": 1000})
        headers = {**BROWSER, "Authorization": "read-token", "User-Agent": "codspeed-runner"}
        headers |= {"Content-Type": "application/json"}
        answer = server.client.post("/upload", content=other.body, headers=headers)
        assert answer.status_code == 401
