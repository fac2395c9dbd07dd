from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.collector.faults import FaultPlan, parse_rules
from rules_codspeed.contract.errors import CodSpeedError
from tests.collector.server import Server, serve
from tests.collector.uploads import Upload, plain, simulation, tar


def _rule(action: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"action": action, **fields}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("faulty")
    with serve(folder / "data", "--allow-faults") as server:
        yield server


def _set(server: Server, *rules: dict[str, Any]) -> None:
    assert server.client.post("/_faults", json=list(rules)).status_code == 204


def _health(server: Server) -> int:
    return server.client.get("/healthz").status_code


def _upload(content: bytes) -> Upload:
    return simulation({"1.out": content})


class TestActions:
    def test_answer(self, faulty: Server) -> None:
        _set(faulty, _rule({"kind": "answer", "status": 503, "body": "busy"}, times=2))
        answers = [faulty.client.get("/healthz") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503, 503, 200]
        assert answers[0].text == "busy"

    def test_answer_to_a_body_that_is_not_read(self, faulty: Server) -> None:
        upload = plain(tar({"a": bytes(3_000_000)}))
        _set(faulty, _rule({"kind": "answer", "status": 500}, match={"method": "PUT"}))
        assert upload.put(faulty.client).status_code == 500
        assert faulty.client.get(f"/runs/{upload.run_id}").json()["state"] == "pending"

    def test_wrong_json(self, faulty: Server) -> None:
        _set(faulty, _rule({"kind": "answer", "status": 200, "body": "{"}, match={"path": "/up"}))
        assert _upload(b"json").announce(faulty.client).text == "{"

    def test_wrong_field(self, faulty: Server) -> None:
        _set(faulty, _rule({"kind": "json_field", "field": "status", "value": "failure"}))
        slot = _upload(b"field").announce(faulty.client).json()
        assert slot["status"] == "failure"
        assert slot["uploadUrl"].startswith(faulty.url)

    def test_reset_instead_of_the_answer(self, faulty: Server) -> None:
        upload = _upload(b"reset")
        url = upload.url(faulty.client)
        _set(faulty, _rule({"kind": "reset"}, match={"method": "PUT"}))
        with pytest.raises(httpx.ReadError):
            faulty.client.put(url, content=upload.archive, headers=upload.headers())
        assert faulty.client.get(f"/runs/{upload.run_id}").json()["state"] == "complete"

    @pytest.mark.parametrize("count", [0, 1_000_000])
    def test_reset_within_the_body(self, faulty: Server, count: int) -> None:
        upload = plain(tar({"a": bytes(20_000_000)}), part=2)
        url = upload.url(faulty.client)
        _set(faulty, _rule({"kind": "reset", "after_bytes": count}, match={"method": "PUT"}))
        with pytest.raises(httpx.TransportError):
            faulty.client.put(url, content=upload.archive, headers=upload.headers())
        assert faulty.client.get(f"/runs/{upload.run_id}").json()["state"] == "pending"
        assert not list((faulty.data / "archives").glob(f"{upload.run_id}*"))

    def test_slow_read(self, faulty: Server) -> None:
        upload = plain(tar({"a": bytes(200_000)}), part=3)
        url = upload.url(faulty.client)
        _set(faulty, _rule({"kind": "slow_read", "bytes_per_second": 400_000}))
        start = time.monotonic()
        answer = faulty.client.put(url, content=upload.archive, headers=upload.headers())
        assert answer.status_code == 200
        assert time.monotonic() - start > 0.5

    def test_delay(self, faulty: Server) -> None:
        _set(faulty, _rule({"kind": "delay", "seconds": 0.2}))
        with pytest.raises(httpx.ReadTimeout):
            faulty.client.get("/healthz", timeout=0.05)
        assert _health(faulty) == 200


def test_the_first_rule_that_matches_is_used(faulty: Server) -> None:
    _set(
        faulty,
        _rule({"kind": "answer", "status": 500}, match={"method": "PUT"}),
        _rule({"kind": "answer", "status": 501}, match={"path": "/health"}),
        _rule({"kind": "answer", "status": 502}),
    )
    assert [_health(faulty) for _ in range(3)] == [501, 502, 200]


def test_wrong_rules_are_refused(faulty: Server) -> None:
    _set(faulty, _rule({"kind": "answer", "status": 500}))
    answer = faulty.client.post("/_faults", json=[_rule({"kind": "explode"})])
    assert answer.status_code == 422
    assert "[0].action" in answer.json()["error"]
    assert _health(faulty) == 500


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file, new = tmp_path / "faults.json", tmp_path / "new.json"

    def change(rules: object) -> None:
        new.write_text(json.dumps(rules))
        new.replace(file)

    change([_rule({"kind": "answer", "status": 503})])
    with serve(tmp_path / "data", "--faults", file) as server:
        assert [_health(server), _health(server)] == [503, 200]
        assert server.client.post("/_faults", json=[]).status_code == 404
        change([_rule({"kind": "answer", "status": 502})])
        assert [_health(server), _health(server)] == [502, 200]
        change({"no": "list"})
        answer = server.client.get("/healthz")
        assert answer.status_code == 500
        assert "Got: " in answer.json()["error"]


@pytest.mark.parametrize(
    "fields",
    [
        {"action": {"kind": "answer", "status": 99}},
        {"action": {"kind": "reset", "after_bytes": -1}},
        {"action": {"kind": "slow_read", "bytes_per_second": 0}},
        {"action": {"kind": "delay", "seconds": -1}},
        {"action": {"kind": "reset"}, "times": 0},
        {"action": {"kind": "reset"}, "unknown": 1},
        {},
    ],
)
def test_rules_are_checked(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^\[0\]"):
        parse_rules(json.dumps([fields]).encode())


@given(st.binary())
def test_garbage_is_no_rule(document: bytes) -> None:
    try:
        rules = parse_rules(document)
    except ValueError:
        return
    assert rules == []


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CodSpeedError, match=r"no faults\. Got: .*none"):
        FaultPlan(tmp_path / "none")
