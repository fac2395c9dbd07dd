"""What a run takes from the machine: found by its loader, described without paths."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.contract.fields import document
from rules_codspeed.contract.provenance import ObjectFile
from rules_codspeed.measure.stage.host import loaded_objects, read_host
from rules_codspeed.measure.stage.host_files import HostFiles
from tests.measure.stage.elf_files import PT_NOTE, elf, note

OLD = b"GNU C Library (Fake GLIBC 2.36-9) stable release version 2.36.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files of a machine."""
    for name, text in {
        "proc/cpuinfo": "processor\t: 0\nmodel name\t:  AMD  EPYC\x1b 7763\n",
        "etc/machine-info": '# comment\nDEPLOYMENT=lab\nPRETTY_HOSTNAME="Worker 7 (lab)"\n',
    }.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(text)
    return tmp_path / "root"


def made(folder: Path, name: str, number: int, text: bytes = b"") -> str:
    file = folder / name
    file.write_bytes(elf((PT_NOTE, note(bytes([number] * 20))), text=text))
    return str(file)


def test_roles_of_objects(tmp_path: Path, root: Path) -> None:
    objects = [
        made(tmp_path, "libz.so.1", 4),
        made(tmp_path, "libc.so.6", 1, OLD),
        made(tmp_path, "ld-linux-x86-64.so.2", 2),
        made(tmp_path, "libm.so.6", 3),
        "/tmp/rules_codspeed/w/_main/program",
        str(tmp_path / "gone.so"),
        "???",
        "/byte\0zero.so",
    ]
    python = made(tmp_path, "python3.11", 5)
    host = read_host([*objects, python], (python, "3.11.2 (main)"), HostFiles(str(root)))
    assert host.libc == ObjectFile("libc.so.6", "2.36", "01" * 20)
    assert host.loader == ObjectFile("ld-linux-x86-64.so.2", "", "02" * 20)
    assert host.interpreter == ObjectFile("python3.11", "3.11.2 (main)", "05" * 20)
    assert [one.name for one in host.libraries] == ["libm.so.6", "libz.so.1"]
    assert (host.cpu, host.worker) == ("AMD EPYC? 7763", "Worker 7 (lab)")
    assert host.kernel == os.uname().release
    assert str(tmp_path) not in str(document(host))


def test_a_declared_interpreter_is_not_the_machines(root: Path) -> None:
    interpreter = ("/tmp/rules_codspeed/w/python/bin/python3", "3.13.1 (main)")
    host = read_host([], interpreter, HostFiles(str(root)))
    assert (host.interpreter, host.libc, host.loader, host.libraries) == (None, None, None, [])


@pytest.mark.parametrize(
    "value", ["/srv/worker", "'a", '"' + "x" * 65 + '"', '"a\x1b"', "", '"rack/7"']
)
def test_a_worker_without_a_plain_name(root: Path, value: str) -> None:
    (root / "etc/machine-info").write_text(f"PRETTY_HOSTNAME={value}\n")
    assert read_host([], None, HostFiles(str(root))).worker == ""


def test_the_host_name_is_not_recorded(tmp_path: Path) -> None:
    host = read_host([], None, HostFiles(str(tmp_path)))
    assert host.worker == ""
    assert host.cpu == ""


def test_objects_of_this_interpreter(tmp_path: Path) -> None:
    program = str(Path(sys.executable).resolve())
    found = {os.path.basename(path) for path in loaded_objects(program, {}, str(tmp_path))}
    assert os.path.basename(program) in found
    if len(found) == 1:
        pytest.skip("this Python is linked statically")
    host = read_host(loaded_objects(program, {}, str(tmp_path)), None, HostFiles())
    assert host.libc
    assert host.loader
    assert host.libc.version
    assert host.libc.build_id


def test_a_script_has_the_objects_of_what_runs_it(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#! /bin/sh -e\ntrue\n")
    shell = os.path.realpath("/bin/sh")
    assert shell in loaded_objects(str(script), {}, str(tmp_path))
    script.write_text("#! /no/such/shell\n")
    assert loaded_objects(str(script), {}, str(tmp_path)) == {"/no/such/shell"}


def test_another_loader_is_asked_itself(tmp_path: Path) -> None:
    """A program that names a copy of the loader finds the copy of the libc beside it."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler on this machine")
    source = tmp_path / "main.c"
    source.write_text("int main(void) { return 0; }\n")
    program = tmp_path / "program"
    subprocess.run([compiler, str(source), "-o", str(program)], check=True)
    found = loaded_objects(str(program), {}, str(tmp_path))
    host = read_host(found, None, HostFiles())
    if not host.libc or not host.loader:
        pytest.skip("this compiler links statically")
    loader = next(one for one in found if os.path.basename(one) == host.loader.name)
    libc = next(one for one in found if os.path.basename(one) == host.libc.name)
    other = tmp_path / "other"
    other.mkdir()
    for path in (loader, libc):
        shutil.copy(path, other)
    name = f"-Wl,--dynamic-linker={other}/{host.loader.name}"
    subprocess.run([compiler, str(source), "-o", str(program), name], check=True)
    found = loaded_objects(str(program), {"LD_LIBRARY_PATH": str(other)}, str(tmp_path))
    assert {f"{other}/{host.loader.name}", f"{other}/{host.libc.name}"} <= found
    assert libc not in found
