"""A job that runs again, and two jobs with one run part."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.collector.server import Server, serve
from tests.collector.uploads import Upload, plain, simulation, tar
from tests.results.profiles import Cost, Function, ProfilePart, write_profile
from tests.results.walltime_documents import benchmark, document


def simulated(*uris: str, cost: int = 1) -> Upload:
    """Returns a simulation of some benchmarks, always the same run part."""
    parts = [
        ProfilePart(
            f"Client Request: {uri}",
            ("Ir",),
            (Function("a", "a.c", "main", (Cost(1, (cost,)),)),),
        )
        for uri in uris
    ]
    return simulation({"1.out": write_profile(parts)})


def timed(*uris: str, rounds: int = 5) -> Upload:
    """Returns times of some benchmarks, always the same run part."""
    results = document(*(benchmark(uri, rounds=rounds) for uri in uris))
    return plain(tar({"./results/1.json": json.dumps(results).encode()}), count=1)


def states(server: Server) -> dict[str, str]:
    return {run["id"]: run["state"] for run in server.client.get("/runs").json()}


def archive(server: Server, upload: Upload) -> httpx.Response:
    return server.client.get(f"/runs/{upload.run_id}/archive")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (timed("a.py::x", "a.py::y"), timed("a.py::x", "a.py::y", rounds=6)),
        (simulated("a.c::x"), simulated("a.c::x", cost=2)),
        # A benchmark failed, or more were added by hand.
        (simulated("a.c::x", "a.c::y"), simulated("a.c::y", "a.c::z")),
        (simulated("a.c::x"), simulated()),
        (simulated(), simulated("a.c::x")),
        # Nobody can say what is in these.
        (simulation({"1.out": b"no profile"}), simulated("a.c::x")),
        (plain(tar({"a": b"first"})), plain(tar({"a": b"second"}))),
    ],
    ids=["times", "simulation", "other number", "none", "none before", "damaged", "unknown"],
)
def test_a_later_attempt_is_taken(server: Server, first: Upload, second: Upload) -> None:
    for upload in (first, second):
        answer = upload.put(server.client)
        assert (answer.status_code, answer.text) == (200, "")
    assert states(server) == {first.run_id: "superseded", second.run_id: "complete"}
    for upload in (first, second):
        assert archive(server, upload).content == upload.archive


def test_another_job_with_the_same_run_part_is_refused_with_the_cause(server: Server) -> None:
    parser, network = simulated("//:parser::a"), simulated("//:network::b")
    assert parser.put(server.client).status_code == 200
    for _ in range(2):
        answer = network.put(server.client)
        assert answer.status_code == 409
        assert answer.text == (
            'the run part bench-{"executor":"valgrind","run-index":0} already has the archive '
            f"of {parser.run_id} with other benchmarks, such as //:parser::a; this archive has "
            "//:network::b. So another job of run 9876543212 has the same run part. Fix: give each "
            "job an id of its own, or set GH_MATRIX and GH_STRATEGY in it; all uploads of one job "
            "need one checkout, because its .codspeed folder counts them"
        )
        assert states(server) == {parser.run_id: "complete", network.run_id: "refused"}
        assert archive(server, network).status_code == 404
    assert [file.name for file in (server.data / "archives").iterdir()] == [
        f"{parser.run_id}.tar.gz"
    ]


def test_long_names_do_not_hide_the_next_step(server: Server) -> None:
    assert simulated("a.c::" + "x" * 9000).put(server.client).status_code == 200
    answer = simulated("b.c::" + "y" * 9000).put(server.client)
    assert answer.status_code == 409
    assert answer.text.endswith("counts them")


def test_times_of_another_job_are_refused(server: Server) -> None:
    assert timed("a.py::x").put(server.client).status_code == 200
    assert timed("b.py::x").put(server.client).status_code == 409


def test_of_two_jobs_at_once_the_first_is_taken(server: Server) -> None:
    first, second = timed("a.py::x"), timed("a.py::x", rounds=6)
    url = second.url(server.client)
    assert first.put(server.client).status_code == 200
    answer = server.client.put(url, content=second.archive, headers=second.headers())
    assert answer.status_code == 409
    assert "arrived after this run was announced. Either another job of run" in answer.text
    assert "give each job an id of its own" in answer.text
    assert states(server) == {first.run_id: "complete", second.run_id: "refused"}
    assert second.put(server.client).status_code == 409


def test_an_earlier_attempt_does_not_come_back_by_itself(server: Server) -> None:
    first, second = timed("a.py::x"), timed("a.py::x", rounds=6)
    url = first.url(server.client)
    for upload in (first, second):
        assert upload.put(server.client).status_code == 200
    # What was delayed on its way, with the URL of then.
    answer = server.client.put(url, content=first.archive, headers=first.headers())
    assert answer.status_code == 409
    assert "or a later attempt of this job has finished" in answer.text
    assert states(server) == {first.run_id: "superseded", second.run_id: "complete"}


def test_an_attempt_may_have_the_bytes_of_one_before(server: Server) -> None:
    first, second = simulated("a.c::x"), simulated("a.c::x", cost=2)
    for upload in (first, second, first):
        assert upload.put(server.client).status_code == 200
    assert states(server) == {first.run_id: "complete", second.run_id: "superseded"}
    assert archive(server, first).content == first.archive
    assert second.put(server.client).status_code == 200
    assert states(server) == {first.run_id: "superseded", second.run_id: "complete"}


def test_the_last_attempt_holds_the_part_when_the_index_is_made_again(tmp_path: Path) -> None:
    attempts = [simulated("a.c::x", cost=cost) for cost in (1, 2, 3)]
    with serve(tmp_path) as server:
        for upload in (*attempts, attempts[1]):
            assert upload.put(server.client).status_code == 200
        before = states(server)
        server.stop()
    for file in tmp_path.glob("index.sqlite*"):
        file.unlink()
    with serve(tmp_path) as server:
        assert states(server) == before
        assert before[attempts[1].run_id] == "complete"
        assert list(before.values()).count("superseded") == 2


def test_an_attempt_that_was_announced_only_changes_nothing(tmp_path: Path) -> None:
    first, second = simulated("a.c::x"), simulated("a.c::x", cost=2)
    with serve(tmp_path) as server:
        for upload in (first, second):
            assert upload.put(server.client).status_code == 200
        assert first.announce(server.client).status_code == 200
        assert states(server) == {first.run_id: "pending", second.run_id: "complete"}
        server.stop()
    with serve(tmp_path) as server:
        assert states(server) == {first.run_id: "superseded", second.run_id: "complete"}
        assert first.put(server.client).status_code == 200
        assert states(server) == {first.run_id: "complete", second.run_id: "superseded"}


def test_a_superseded_archive_that_is_gone_is_reported_as_such(tmp_path: Path) -> None:
    first, second = simulated("a.c::x"), simulated("a.c::x", cost=2)
    with serve(tmp_path) as server:
        for upload in (first, second):
            assert upload.put(server.client).status_code == 200
        server.stop()
    (tmp_path / "archives" / f"{first.run_id}.tar.gz").unlink()
    with serve(tmp_path) as server:
        assert states(server) == {first.run_id: "pending", second.run_id: "complete"}
        assert archive(server, first).status_code == 404
