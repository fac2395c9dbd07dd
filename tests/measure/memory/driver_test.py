"""The driver of memory mode: from a description of a benchmark to numbers and a profile folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.results.memtrack.fold import Memory
from tests.measure.elsewhere import may
from tests.measure.memory.memory_target import PRELOAD, Make, numbers, uploaded
from tests.measure.target import STAGE, Ended, Target
from tests.measure.variations import ROWS

Compile = Callable[..., Path]
HERE = Path(__file__).parent

pytestmark = pytest.mark.usefixtures("stage")


@pytest.fixture
def hooked(make_memory_target: Make, compile_c: Compile) -> Make:
    """Makes targets of framework `hooks`."""
    program = compile_c(HERE / "bench.c")

    def make(*args: str, **changes: Any) -> Target:
        return make_memory_target(*args, **changes).stage("_main/pkg/program", program)

    return make


def test_hooks(hooked: Make) -> None:
    ended = hooked("five", "empty", "one", "twice").run(entry="memory/main.py")
    found = numbers(ended)
    one = {"peak": 100, "total": 100, "calls": 1, "largest": 100, "live": 0, "average": 100}
    assert found == {
        "pkg/b.c::one": one,
        "pkg/b.c::five": {**one, "total": 500, "calls": 5},
        "pkg/b.c::twice": {**one, "total": 500, "calls": 5},
        # Nothing of the library that measures, and no average of nothing.
        "pkg/b.c::empty": dict.fromkeys(["peak", "total", "calls", "largest", "live"], 0),
    }
    assert uploaded(ended) == {
        uri: Memory(one["peak"], one["total"], one["calls"]) for uri, one in found.items()
    }
    provenance = ended.provenance
    assert provenance["memory"] == {
        "runner_version": "5.1.0",
        "integration": ["codspeed-cpp", "2.3.0"],
        "python_malloc": "",
        "heaps": [],
    }
    assert "/tmp/rules_codspeed" not in json.dumps(provenance)


def test_whole_program(whole: Make, compile_program: Compile) -> None:
    ended = whole(compile_program("kinds")).run()
    (found,) = numbers(ended).items()
    assert found[0] == "exec_harness::pkg:bench"
    assert (found[1]["peak"], found[1]["total"], found[1]["calls"]) == (1000, 3258, 12)
    assert uploaded(ended) == {found[0]: Memory(1000, 3258, 12)}


def test_same_bytes(hooked: Make, whole: Make, compile_program: Compile) -> None:
    targets = [hooked("five", "one"), whole(compile_program("cases"), "spawn", folder="whole")]
    for target in targets:
        first = target.run("first").succeeded()
        second = target.run(
            "second", env={"HOME": "/nonexistent", "LONG": "x" * 4000}, cwd="/usr"
        ).succeeded()
        assert first.profile == second.profile
        assert numbers(first) == numbers(second)
        assert first.provenance == second.provenance


# What the machine's answers say, one process after the other.
_LOOKS = """#!/bin/sh
ls -lain / . "$TMPDIR"
ls -U /etc
stat -c %i:%h:%s:%y /tmp
id; hostname; uname -a; nproc
exec "$0.program" spawn
"""


def test_same_bytes_on_another_machine(
    make_memory_target: Make, compile_program: Compile, refuse: Path
) -> None:
    def looks(folder: str) -> Target:
        target = make_memory_target(framework="exec", folder=folder)
        target.stage("_main/pkg/program", _LOOKS)
        Path(target.files["_main/pkg/program"]).chmod(0o755)
        return target.stage("_main/pkg/program.program", compile_program("cases"))

    def found(ended: Ended) -> tuple[Any, ...]:
        ended.succeeded()
        return ended.profile, numbers(ended), {**ended.provenance, "aslr": ""}

    target = looks("target")
    first = found(target.run("first"))
    # Another host, environment and time zone, and other limits.
    host = ROWS["host-name"]
    env = {**ROWS["environment"].options["env"], **ROWS["time-zone"].options["env"]}
    prefix = list(host.prefix) if may(*host.namespaces) else []
    assert found(target.run("host", prefix=prefix, env=env, **ROWS["limits"].options)) == first
    # Another user, addresses and output base.
    user = ["unshare", "--user", "--map-user=1234"]
    prefix = [*(user if may(*user[1:]) else []), str(refuse), "personality"]
    assert found(looks("another/output/base").run("user", prefix=prefix)) == first


def test_address_randomisation(hooked: Make, refuse: Path) -> None:
    target = hooked("five")
    off = target.run("off").succeeded()
    # Where the kernel refuses to switch it off, as some containers do.
    on = target.run("on", prefix=[str(refuse), "personality"]).succeeded()
    assert (off.provenance["aslr"], on.provenance["aslr"]) == ("off", "allowed")
    assert off.profile == on.profile


def test_pytest_benchmark_itself(python: Make) -> None:
    """As by pytest-codspeed; what is allocated does not depend on how often rounds ask for it."""
    source = """
def test_large(benchmark):
    benchmark.pedantic(lambda size: bytearray(size), setup=lambda: ((1_000_000,), {}), rounds=5)
"""
    found = numbers(python(source, framework="pytest_benchmark").run())
    assert found == numbers(python(source, folder="oracle").run())
    assert 1_000_000 < found["pkg/bench_a.py::test_large"]["peak"] < 1_020_000


def test_python(python: Make) -> None:
    source = """
def test_large(benchmark):
    benchmark(lambda: bytearray(1_000_000))

def test_small(benchmark):
    benchmark(lambda: [object() for _ in range(100)])
"""
    found = {}
    for allocator in ("", "malloc"):
        target = python(
            source,
            folder=f"python{allocator}",
            env={"PYTHONMALLOC": allocator} if allocator else {},
        )
        ended = target.run()
        found[allocator] = numbers(ended)
        assert ended.provenance["memory"]["python_malloc"] == allocator
    small, large = "pkg/bench_a.py::test_small", "pkg/bench_a.py::test_large"
    for one in found.values():
        assert 1_000_000 < one[large]["peak"] < 1_020_000
    # Each object has 16 bytes.
    assert found[""][small]["calls"] < 50
    assert 100 <= found["malloc"][small]["calls"] < 300


def test_the_users_own_preload(whole: Make, compile_program: Compile) -> None:
    script = compile_program("kinds").with_name("own")
    script.write_text('#!/bin/sh\ntest "${LD_PRELOAD#*:}" = libc.so.6\n')
    script.chmod(0o755)
    ended = whole(script, env={"LD_PRELOAD": "libc.so.6"}).run().succeeded()
    assert ended.provenance["pins"]["LD_PRELOAD"] == "driver/codspeed_memory.so:libc.so.6"


def failure(target: Target) -> str:
    return target.run().failed()


def test_static_program(whole: Make, compile_program: Compile) -> None:
    text = failure(whole(compile_program("kinds", "-static")))
    assert "is statically linked" in text
    assert 'malloc = "@rules_codspeed//rules/memory:wrap"' in text


def test_static_program_that_counts(whole: Make, static_programs: dict[str, Path]) -> None:
    for name, calls in (("static_kinds", 12), ("static_own_operators", 7)):
        ended = whole(static_programs[name], folder=name).run()
        (found,) = numbers(ended).values()
        # And those of the C library as it starts.
        assert calls <= found["calls"] < calls + 20
        assert uploaded(ended)["exec_harness::pkg:bench"].calls == found["calls"]


def test_go(whole: Make) -> None:
    go = shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin:/usr/bin")
    if not go:
        pytest.skip("no Go on this machine")
    message = failure(whole(Path(go).resolve()))
    assert "is written in Go, so its memory is not measured" in message
    assert "-benchmem" in message


def test_node(whole: Make, tmp_path: Path) -> None:
    node = shutil.which("node", path="/usr/local/bin:/usr/bin")
    if not node:
        pytest.skip("no Node on this machine")
    script = tmp_path / "node"
    script.write_text(f"#!/bin/sh\nexec {node} --version\n")
    script.chmod(0o755)
    assert whole(script).run().provenance["memory"]["heaps"] == ["node"]


def test_allocator_of_its_own(whole: Make, compile_program: Compile) -> None:
    message = failure(whole(compile_program("own_malloc")))
    assert "has an allocator of its own linked into it" in message
    assert "/tmp/rules_codspeed/w/_main/pkg/program (malloc)" in message


def test_next_step_after_a_failure(hooked: Make) -> None:
    message = failure(hooked("fail"))
    assert "run the smoke test" in message
    assert "there it ended with exit status 3, too" in message
    message = failure(hooked("fail_measured", env={"LD_PRELOAD": "libc.so.6"}))
    assert "smoke test" not in message
    assert "the program succeeds without measuring" in message


def test_sanitizers(whole: Make, compile_program: Compile) -> None:
    # A name is enough, as for programs whose runtime this machine does not have.
    program = compile_program("kinds", "-Dmain=__asan_init", "-shared", "-fPIC")
    message = failure(whole(program))
    assert "is built with AddressSanitizer, whose allocator replaces the one" in message
    assert "without -fsanitize=address (--features=-asan)" in message


def test_library_that_is_not_preloaded(hooked: Make, tmp_path: Path) -> None:
    # As for a program of another C library: its loader goes on without it.
    text = tmp_path / "text"
    text.write_text("no library")
    target = hooked("one").stage(PRELOAD, text)
    assert "ran without the library that counts its allocations" in failure(target)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("env", "was started without the variables that measure it"),
        ("unnamed", "measured something that it did not name"),
        ("fail", "ended with exit status 3"),
        ("nothing", "measured nothing"),
        ("blank", "reports a benchmark without a name"),
        ("latin", r"the name of a benchmark cannot be read. Got: 'pkg/b.c::\xe9'"),
    ],
)
def test_refused(hooked: Make, argument: str, message: str) -> None:
    assert message in failure(hooked(argument))


def test_name_without_measurement(hooked: Make) -> None:
    """What was measured before it, or never, is not its number."""
    ended = hooked("one", "only_named", "five").run()
    assert numbers(ended).keys() == uploaded(ended).keys() == {"pkg/b.c::one", "pkg/b.c::five"}
    ((uri, (outcome, reason)),) = ended.unmeasured.items()
    assert (uri, outcome) == ("pkg/b.c::only_named", "failed")
    assert "measured nothing since its last report" in reason
    empty = hooked("only_named", allow_empty=True, folder="empty").run()
    assert empty.succeeded().unmeasured["pkg/b.c::only_named"][0] == "skipped"
    assert "of its 1 benchmarks 1 failed" in failure(hooked("only_named", folder="alone"))


def test_what_is_not_measured_may_start_anything(hooked: Make) -> None:
    assert numbers(hooked("env_before", "one").run())["pkg/b.c::one"]["calls"] == 1


def test_one_name_twice(hooked: Make) -> None:
    assert "measured a benchmark twice" in failure(hooked("one", "one"))


@pytest.mark.parametrize("version", ["4.9.0", "9.0.0", "five"])
def test_unknown_runner(hooked: Make, version: str) -> None:
    message = failure(hooked("one", runner_version=version))
    assert "a release from 4.10.6 to 5.8.0; the nearest is " in message


def test_isolated_benchmarks(hooked: Make) -> None:
    lists = {"isolate": True, "list_args": ["list"], "filter_args": ["{name}"]}
    isolated = numbers(hooked(**lists).run())
    assert isolated == numbers(hooked("five", "one", folder="together").run())


def test_isolate(make_memory_target: Make, tmp_path: Path) -> None:
    script = tmp_path / "listing"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    message = failure(make_memory_target(isolate=True).stage("_main/pkg/program", script))
    assert "it lists no benchmark" in message
    script.write_text("#!/bin/sh\nprintf 'a\\nb\\na\\n'\n")
    message = failure(make_memory_target(isolate=True).stage("_main/pkg/program", script))
    assert "a: there are several of this name: give each benchmark a name of its own" in message
    assert subprocess.run(["test", "-e", str(STAGE)]).returncode == 1


@pytest.mark.parametrize("isolate", [False, True])
def test_python_accounts_for_each(python: Make, isolate: bool) -> None:
    """Listed is measured, skipped and failed together; what was skipped has no number."""
    source = """
import pytest

def test_measured(benchmark):
    benchmark(lambda: bytearray(1_000_000))

def test_late(benchmark):
    benchmark(lambda: bytearray(1_000_000))
    pytest.skip("not here")

def test_wrong(benchmark):
    benchmark(lambda: bytearray(1_000_000))
    assert not benchmark

def test_never(benchmark):
    pass
"""
    ended = python(source, isolate=isolate).run()
    assert numbers(ended).keys() == {"pkg/bench_a.py::test_measured"} == uploaded(ended).keys()
    assert {uri: (outcome, reason[:24]) for uri, (outcome, reason) in ended.unmeasured.items()} == {
        "pkg/bench_a.py::test_late": ("skipped", "not here"),
        "pkg/bench_a.py::test_wrong": ("failed", "the test failed: assert "),
        "pkg/bench_a.py::test_never": ("failed", "it passes, but measures "),
    }


def test_isolated_benchmarks_do_not_hide_each_other(hooked: Make) -> None:
    ended = hooked(isolate=True, list_args=["list_all"], filter_args=["{name}"]).run()
    found = numbers(ended)
    # A window that a failed run left open is not in the next number.
    assert {uri: one["calls"] for uri, one in found.items()} == {
        "pkg/b.c::one": 1,
        "pkg/b.c::five": 5,
    }
    assert uploaded(ended).keys() == found.keys()
    reasons = {uri: (one[0], one[1].split("\n")[0]) for uri, one in ended.unmeasured.items()}
    label = "//pkg:bench"
    assert reasons == {
        "half": ("failed", f"{label} (benchmark half) ended with exit status 3."),
        "fail": ("failed", f"{label} (benchmark fail) ended with exit status 3."),
        "nothing": ("failed", f"{label} lists 'nothing', but measured nothing when asked for it."),
    }
