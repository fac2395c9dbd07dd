"""The suite of JMH in this folder, with the jars that Maven fetches, of locked hashes."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.measure.timed.conftest import make_timed

__all__ = ["make_timed"]

_HERE = Path(__file__).parent
_PATH = "/usr/bin:/usr/local/bin"
_COPY = ("-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib")


def _tool(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if not found:
        pytest.skip(f"no {name} on this machine")
    return found


def _fetch(folder: Path) -> None:
    """Copies the jars of JMH to `lib`; skips the tests where Maven cannot fetch them."""
    shutil.copy(_HERE / "pom.xml", folder)
    # Bazel gives tests a home of their own, without Maven's settings and jars.
    home = pwd.getpwuid(os.getuid()).pw_dir
    variables = {**os.environ, "HOME": home, "MAVEN_OPTS": f"-Duser.home={home}"}
    command = [_tool("mvn"), *_COPY]
    found = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, check=False, timeout=300
    )
    if found.returncode:
        lines = found.stdout.decode(errors="replace").strip().splitlines()
        pytest.skip(f"Maven cannot fetch JMH here: {lines[0] if lines else found}")
    locked = dict(line.split()[::-1] for line in (_HERE / "jars.lock").read_text().splitlines())
    for jar in (folder / "lib").iterdir():
        assert hashlib.sha256(jar.read_bytes()).hexdigest() == locked[jar.name], jar.name


@pytest.fixture(scope="session")
def build_jar(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[Path]], Path]:
    """Makes the jar that JMH's users run, of sources: `java -jar` runs all their benchmarks."""
    javac, jar = _tool("javac"), _tool("jar")
    fetched = tmp_path_factory.mktemp("jmh")
    _fetch(fetched)
    jars = sorted(map(str, (fetched / "lib").iterdir()))

    def build(sources: Sequence[Path]) -> Path:
        folder = tmp_path_factory.mktemp("suite")
        classes = folder / "classes"
        classes.mkdir()
        for one in jars:
            subprocess.run([jar, "-xf", one], cwd=classes, check=True, timeout=60)
        path = ":".join(jars)
        flags = ["-nowarn", "-encoding", "UTF-8", "-cp", path, "-processorpath", path]
        command = [javac, *flags, "-d", str(classes), *map(str, sources)]
        subprocess.run(command, check=True, timeout=120)
        found = folder / "suite.jar"
        whole = [jar, "-cfe", str(found), "org.openjdk.jmh.Main", "-C", str(classes), "."]
        subprocess.run(whole, check=True, timeout=60)
        return found

    return build


@pytest.fixture(scope="session")
def suite(build_jar: Callable[[Sequence[Path]], Path]) -> Path:
    """The suite's jar."""
    return build_jar([_HERE / "Suite.java"])


@pytest.fixture(scope="session")
def agent(compile_c: Callable[..., Path]) -> Path:
    """The agent that marks calls: the one named by $CODSPEED_TEST_JVM_HOOKS, or made here."""
    if given := os.environ.get("CODSPEED_TEST_JVM_HOOKS"):
        return Path(given).absolute()
    source = _HERE.parents[2] / "rules/hooks/jvm.c"
    return compile_c(source, "-shared", "-fPIC", "-fvisibility=hidden")
