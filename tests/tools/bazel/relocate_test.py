"""Unpacked packages work in a private folder: links, rights and class paths."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from errors import BootstrapError
from hypothesis import given
from hypothesis import strategies as st
from relocate import (
    expanded_classpath,
    java_home,
    manifest_class_path,
    relocate_classpath,
    relocate_files,
)


def jar(file: Path, manifest: str | None) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("A.class", b"")
        if manifest is not None:
            archive.writestr("META-INF/MANIFEST.MF", manifest.encode())


def naming(*entries: str) -> str:
    return f"Manifest-Version: 1.0\r\nClass-Path: {' '.join(entries)}\r\n\r\n"


def test_absolute_links_to_packaged_files_stay_within(tmp_path: Path) -> None:
    (tmp_path / "etc/java").mkdir(parents=True)
    (tmp_path / "etc/java/conf").write_text("packaged")
    links = {
        "file": ("/etc/java/conf", f"{tmp_path}/etc/java/conf"),
        "folder": ("/etc/java", f"{tmp_path}/etc/java"),
        "link": ("/usr/file", f"{tmp_path}/usr/file"),
        "relative": ("../etc/java", "../etc/java"),
        "of_the_machine": ("/etc/hostname", "/etc/hostname"),
        "dangling": ("/no/such", "/no/such"),
        "loop": ("loop", "loop"),
    }
    (tmp_path / "usr").mkdir()
    for name, (target, _) in links.items():
        (tmp_path / "usr" / name).symlink_to(target)
    relocate_files(tmp_path)
    found = {name: os.readlink(tmp_path / "usr" / name) for name in links}
    assert found == {name: target for name, (_, target) in links.items()}
    assert (tmp_path / "usr/link").read_text() == "packaged"


def test_rights_of_other_users_and_groups_are_taken_away(tmp_path: Path) -> None:
    for name, mode in [("user", 0o4755), ("group", 0o2755), ("plain", 0o750)]:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    relocate_files(tmp_path)
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in tmp_path.iterdir()}
    assert modes == {"user": 0o755, "group": 0o755, "plain": 0o750}


@given(
    st.lists(st.from_regex(r"[a-zA-Z0-9_./-]{1,40}", fullmatch=True), max_size=8),
    st.integers(2, 72),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from(["Class-Path", "class-path"]),
)
def test_a_wrapped_manifest_is_read_whole(
    tmp_path_factory: pytest.TempPathFactory, entries: list[str], width: int, end: str, name: str
) -> None:
    line = f"{name}: {' '.join(entries)}"
    lines = [line[:72]] + [
        " " + line[start : start + width - 1] for start in range(72, len(line), width - 1)
    ]
    file = tmp_path_factory.mktemp("jars") / "a.jar"
    jar(file, end.join(["Manifest-Version: 1.0", *lines, "Created-By: x", "", ""]))
    assert manifest_class_path(file) == entries


def test_no_class_path(tmp_path: Path) -> None:
    jar(tmp_path / "plain.jar", "Manifest-Version: 1.0\r\n\r\n")
    jar(tmp_path / "bare.jar", None)
    (tmp_path / "broken.jar").write_bytes(b"PK\x03\x04 no zip")
    (tmp_path / "folder.jar").mkdir()
    for name in ["plain.jar", "bare.jar", "broken.jar", "folder.jar", "missing.jar"]:
        assert manifest_class_path(tmp_path / name) == []


@given(st.binary(max_size=300))
def test_any_file_is_no_jar_or_one(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("jars") / "a.jar"
    file.write_bytes(data)
    assert manifest_class_path(file) == []


def test_jars_that_manifests_name_follow_once(tmp_path: Path) -> None:
    java = tmp_path / "usr/share/java"
    jar(java / "a.jar", naming("b.jar", "../maven/c.jar", "missing.jar", "/usr/share/java/d.jar"))
    jar(java / "b.jar", naming("a.jar", "b.jar"))
    jar(tmp_path / "usr/share/maven/c.jar", naming("../java/e.jar"))
    jar(java / "d.jar", None)
    jar(java / "e.jar", naming("../../../../../../usr/share/java/a.jar"))
    listed = ["/usr/share/java/a.jar", "/usr/share/java/gone.jar", "/usr/share/java/a.jar"]
    assert expanded_classpath(tmp_path, listed) == [
        "/usr/share/java/a.jar",
        "/usr/share/java/gone.jar",
        "/usr/share/java/b.jar",
        "/usr/share/maven/c.jar",
        "/usr/share/java/d.jar",
        "/usr/share/java/e.jar",
    ]


def test_the_class_path_names_jars_below_the_root(tmp_path: Path) -> None:
    jar(tmp_path / "usr/share/java/a.jar", naming("b.jar"))
    jar(tmp_path / "usr/share/java/b.jar", None)
    (tmp_path / "usr/share/bazel").mkdir()
    file = tmp_path / "usr/share/bazel/bazel_classpath_debian_depends.txt"
    file.write_text("/usr/share/java/a.jar\n\n")
    relocate_classpath(tmp_path)
    jars = [f"{tmp_path}/usr/share/java/{name}.jar" for name in "ab"]
    assert file.read_text().splitlines() == jars


def test_packages_that_have_changed_are_told(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match=r"hold no usr/lib/jvm/.*have changed.*Install"):
        java_home(tmp_path)
    with pytest.raises(BootstrapError, match="bazel_classpath_debian_depends"):
        relocate_classpath(tmp_path)
