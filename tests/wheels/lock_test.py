import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import update_wheels as uw

_NAMES = st.text("abz09_", min_size=1, max_size=4)
_HASHES = st.integers(0, 2**256 - 1).map("{:064x}".format)
_FILES = st.dictionaries(_NAMES.map("{}-1-py3-none-any.whl".format), _HASHES, max_size=3)
_LOCKS = st.dictionaries(
    _NAMES,
    st.builds(
        uw.Package,
        version=st.sampled_from(["1", "2.0.post1"]),
        dev=st.booleans(),
        deps=st.lists(_NAMES, max_size=3),
        files=st.dictionaries(st.sampled_from(["any", "linux_x86_64"]), _FILES),
    ),
    max_size=3,
)


@pytest.fixture
def lock() -> uw.Lock:
    return uw.read_lock((uw.ROOT / uw.LOCK).read_text())


def test_lock_and_twin_are_current() -> None:
    assert uw.check(uw.ROOT) == [], f"run: {uw.COMMAND}"


def test_every_file_has_a_hash(lock: uw.Lock) -> None:
    assert lock
    for package in lock.values():
        assert package.files
        for files in package.files.values():
            assert files
            assert all(re.fullmatch(r"[0-9a-f]{64}", sha256) for sha256 in files.values())


def test_native_packages_are_locked_for_every_platform_and_python(lock: uw.Lock) -> None:
    for package in lock.values():
        if "any" in package.files:
            assert list(package.files) == ["any"]
            continue
        assert set(package.files) == {f"linux_{cpu}" for cpu in uw.CPUS}
        for files in package.files.values():
            tags = {name.rsplit("-", 3)[1] for name in files}
            assert tags in ({"py3"}, {f"cp{v.replace('.', '')}" for v in uw.PYTHONS}) or all(
                "-abi3-" in name for name in files
            )


def test_lock_holds_no_address() -> None:
    for path in (uw.LOCK, uw.TWIN):
        assert "://" not in (uw.ROOT / path).read_text()


def test_runtime_packages_need_no_dev_package(lock: uw.Lock) -> None:
    for package in lock.values():
        assert package.dev or not any(lock[dep].dev for dep in package.deps)


def test_a_stale_twin_and_a_moved_pin_are_reported(tmp_path: Path) -> None:
    for path in (uw.LOCK, uw.TWIN, uw.RUNTIME, uw.DEV):
        copy = tmp_path / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((uw.ROOT / path).read_text())
    assert uw.check(tmp_path) == []

    twin = tmp_path / uw.TWIN
    twin.write_text(twin.read_text().replace('"sha', '"', 1) + "\n")
    assert uw.check(tmp_path) == [f"{uw.TWIN} is not the twin of {uw.LOCK}"]

    pins = tmp_path / uw.RUNTIME
    pins.write_text(re.sub(r"rich==.*", "rich==1.0", pins.read_text()))
    assert "rich is pinned to 1.0" in uw.check(tmp_path)[0]


@given(_LOCKS)
def test_json_and_twin_say_the_same(lock: uw.Lock) -> None:
    assert uw.read_lock(uw.lock_text(lock)) == lock
    scope: dict[str, object] = {}
    exec(uw.twin_text(lock), scope)
    assert scope["WHEELS"] == {name: dataclasses.asdict(p) for name, p in lock.items()}


def test_an_unpinned_requirement_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requirements.in"
    path.write_text("# comment\nRich_x==15.0 # why\n\nhttpx>=1\n")
    with pytest.raises(
        uw.LockError, match=r"requirements.in:4: want name==version, got 'httpx>=1'"
    ):
        uw.read_pins(path)
    path.write_text("Rich.X==15.0 # why\n")
    assert uw.read_pins(path) == {"rich_x": "15.0"}
