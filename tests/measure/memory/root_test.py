"""Memory under a pinned root, which is mounted: the machine's libc does not count."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.measure.stage.host import loaded_objects
from rules_codspeed.measure.stage.objects.object_file import is_libc
from rules_codspeed.measure.stage.root import path_outside
from tests.measure.elsewhere import in_mounts, may
from tests.measure.memory.memory_target import Make, numbers
from tests.measure.pinned import NAME, SEEN, make_pinned, rooted
from tests.measure.rebuilt import OTHER, rebuilt
from tests.measure.target import Target

pytestmark = pytest.mark.usefixtures("stage")
HERE = Path(__file__).parent
Compile = Callable[..., Path]


@pytest.fixture
def program(compile_program: Compile) -> Path:
    """Starts another process, and allocates in both."""
    return compile_program("cases")


@pytest.fixture
def root(program: Path, tmp_path: Path) -> Path:
    """The archive of a root that the program can run under."""
    if not may("--user", "--map-root-user", "--mount"):
        pytest.skip("unshare --mount is refused here")
    return make_pinned(program, tmp_path)


@pytest.fixture
def looking(whole: Make, compile_c: Compile, root: Path) -> Callable[..., Target]:
    """Makes targets whose program looks at the root."""

    def make(*args: str, **changes: object) -> Target:
        return rooted(whole(compile_c(HERE.parent / "root.c"), *args, **changes), root)

    return make


@pytest.mark.parametrize("fixed_kernel", [True, False])
def test_what_a_program_sees(looking: Make, compiler: str, fixed_kernel: bool) -> None:
    ended = looking("look", compiler, fixed_kernel=fixed_kernel).run().succeeded()
    # A folder's order is the fixed kernel's.
    assert SEEN in ended.log or not fixed_kernel
    assert set(SEEN.splitlines()) <= set(ended.log.splitlines())
    found = ended.provenance
    assert found["root"]["name"] == NAME
    assert bool(found["machine_answered"]) is not fixed_kernel
    assert found["host"]["libc"] is found["host"]["loader"] is None
    assert found["host"]["libraries"] == []
    frames = json.loads(ended.profile["allocation_stacks.json"])["frames"]
    assert ["__libc_start_main", "libc.so.6"] in frames


def test_where_the_driver_finds_a_file(tmp_path: Path) -> None:
    for name in ["usr/lib/deep", "etc"]:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "usr/lib/one.so").symlink_to("/etc/../lib/deep/one.so.1")
    (tmp_path / "usr/lib/out.so").symlink_to("../../../opt/out.so")
    (tmp_path / "etc/loop").symlink_to("loop")
    inside = {"/lib/one.so": "usr/lib/deep/one.so.1", "/usr/none": "usr/none"}
    for path, found in {**inside, "/etc/loop": "etc/loop"}.items():
        assert path_outside(str(tmp_path), path) == str(tmp_path / found)
    # What is not the root's is the machine's.
    assert path_outside(str(tmp_path), "/lib/out.so") == "/opt/out.so"
    assert path_outside(str(tmp_path), "/opt/one.so") == "/opt/one.so"
    assert path_outside("", "/lib/one.so") == "/lib/one.so"


def test_another_libc_or_user_of_the_machine(
    whole: Make, program: Path, root: Path, tmp_path: Path
) -> None:
    if not may("--mount"):
        pytest.skip("unshare --mount is refused here")
    loaded = loaded_objects(str(program), {}, str(tmp_path))
    [libc] = [path for path in loaded if is_libc(os.path.basename(path))]
    other = in_mounts(f"mount --bind {rebuilt(libc, tmp_path)} {libc}")
    target = rooted(whole(program, "spawn"), root)
    first, second = target.run("first"), target.run("second", prefix=other)
    assert numbers(first) == numbers(second)
    assert (first.profile, first.provenance) == (second.profile, second.provenance)
    user = ["unshare", "--user", "--map-user=1234", "--map-group=1234"]
    third = target.run("third", prefix=user if may(*user[1:]) else [])
    assert numbers(first) == numbers(third)
    assert (first.profile, first.provenance) == (third.profile, third.provenance)
    machine = rooted(target, None).run("machine", prefix=other).succeeded()
    assert machine.provenance["host"]["libc"]["version"] == OTHER.decode()
    assert machine.provenance["root"] is None


def test_a_root_without_what_the_program_needs(whole: Make, program: Path, tmp_path: Path) -> None:
    root = tmp_path / "root.tar"
    with tarfile.open(root, "w"):
        pass
    text = rooted(whole(program, "spawn"), root).run().failed()
    assert "the pinned root other may lack a library" in text


def test_a_machine_that_mounts_nothing(looking: Make, refuse: Path) -> None:
    text = looking("look", "x").run(prefix=[str(refuse), "unshare"]).stopped()
    assert "the pinned root other cannot be mounted" in text
    assert "Got: Operation not permitted" in text
    assert "mode simulation, which needs no mount" in text
