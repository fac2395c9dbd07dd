"""Programs that the compilers of this machine make, against pyelftools and addr2line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from rules_codspeed.capture.elf.file import open_elf
from rules_codspeed.contract.perf_map import Symbol
from rules_codspeed.harvest.debug_info import read_debug_info
from rules_codspeed.harvest.elf.symbols import read_symbols
from tests.harvest.dwarf.oracle import Oracle, Place, addr2line

_HEADER = """
#pragma once
namespace deep {
static inline int small(int a) { if (a > 3) { int b = a * 2; return b + 1; } return a; }
template <class T> __attribute__((noinline)) T shape(T a) { return small(int(a)) + a; }
class Local {
 public:
  static int first(int a);
  __attribute__((noinline)) int second(int a);
  int inline_member(int a) { struct In { int z(int b) { return b * 3; } } l; return l.z(a); }
};
}
"""
_FIRST = """
#include "inner/header.h"
int deep::Local::first(int a) { return small(a) + small(a + 1); }
int deep::Local::second(int a) {
  auto f = [a](int z) { return z + a; };
  return f(small(a)) + inline_member(a);
}
extern "C" int plain(int a) { return deep::small(a); }
int main(int argc, char **argv) {
  deep::Local k;
  return k.second(argc) + deep::Local::first(argc) + plain(argc) + deep::shape(argc) +
         int(deep::shape(long(argc)));
}
"""
_SECOND = """
#include "inner/header.h"
__attribute__((cold, noinline)) int rare(int a) { return deep::small(a) * 7; }
int more(int a) {
  switch (a) {
    case 1: return deep::small(2);
    case 2: return rare(3);
    default: __builtin_abort();
  }
}
int again(int a) { return deep::shape(a) + deep::small(deep::small(a)); }
"""

_FLAGS: list[tuple[str, ...]] = [
    (f"-gdwarf-{version}", level)
    for version in (2, 3, 4, 5)
    for level in ("-O0", "-O2")
] + [
    ("-gdwarf-4", "-O2", "-ffunction-sections"),
    ("-gdwarf-5", "-Os", "-fno-inline"),
    ("-gdwarf-5", "-O2", "-gz"),
    ("-gdwarf-4", "-O1", "-gno-column-info", "-gno-as-locview-support"),
]  # fmt: skip


def compiled(folder: Path, compiler: str, flags: tuple[str, ...]) -> Path:
    """Compiles the program; skips the test where that does not work."""
    (folder / "inner").mkdir(exist_ok=True)
    (folder / "inner/header.h").write_text(_HEADER)
    (folder / "first.cc").write_text(_FIRST)
    (folder / "second.cc").write_text(_SECOND)
    command = [compiler, "-g", *flags, "first.cc", "second.cc", "-o", "program"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        pytest.skip(f"{' '.join(command)} does not work here: {result.stderr.splitlines()[:1]}")
    return folder / "program"


def places(path: Path, symbols: list[Symbol]) -> dict[int, Place]:
    warnings: list[str] = []
    with open_elf(path, path.name) as elf:
        infos = read_debug_info(elf, symbols, warnings)
    assert warnings == []
    return {info.addr: (info.file, info.line) for info in infos}


@pytest.mark.parametrize("flags", _FLAGS, ids=" ".join)
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_every_address_of_a_program(tmp_path: Path, compiler: str, flags: tuple[str, ...]) -> None:
    """Not only where functions begin: at other addresses more is inlined."""
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} on this machine")
    path = compiled(tmp_path, compiler, flags)
    with open_elf(path, "program") as elf:
        symbols = read_symbols(elf)
        text = elf.section(".text")
    assert text
    inside = range(text.addr, text.addr + text.size)
    addresses = sorted({*inside, *(one.addr for one in symbols if one.addr in inside)})
    ours = places(path, [Symbol(one, 1, "") for one in addresses])
    oracle = Oracle(path)
    assert {one: ours.get(one) for one in addresses} == {
        one: oracle.place(one) for one in addresses
    }
    names = {"first.cc", "second.cc", "header.h"}
    assert {os.path.basename(file) for file, _ in ours.values()} == names
    if shutil.which("addr2line"):
        functions = sorted({one.addr for one in symbols if one.addr in ours})
        assert len(functions) >= 9
        # addr2line gives a wrong file of DWARF 5 here and there (binutils 2.40), but no wrong line.
        new = "-gdwarf-5" in flags
        assert {one: _shown(ours[one], new) for one in functions} == {
            one: _shown(place, new) for one, place in addr2line(path, functions).items()
        }


def _shown(place: Place | None, line_only: bool) -> tuple[str, int | None]:
    assert place
    return "" if line_only else os.path.normpath(place[0]), place[1]


@pytest.mark.parametrize("version", ["-gdwarf-3", "-gdwarf-4", "-gdwarf-5"])
def test_64_bit_dwarf_tells_the_same(tmp_path: Path, version: str) -> None:
    """pyelftools cannot read its line number programs."""
    if not shutil.which("g++"):
        pytest.skip("no g++ on this machine")
    found = []
    for more in ((), ("-gdwarf64",)):
        path = compiled(tmp_path, "g++", (version, "-O2", *more))
        with open_elf(path, "program") as elf:
            text = elf.section(".text")
        assert text
        addresses = range(text.addr, text.addr + text.size)
        found.append(places(path, [Symbol(one, 1, "") for one in addresses]))
    assert found[0] == found[1]
    assert len(found[0]) > 100


@pytest.mark.parametrize("version", ["2", "4", "5"])
def test_a_program_of_rustc(tmp_path: Path, version: str) -> None:
    rustc = shutil.which("rustc")
    if not rustc:
        pytest.skip("no rustc on this machine")
    source = tmp_path / "m.rs"
    source.write_text(
        "mod inner { #[inline(always)] pub fn square(a: u64) -> u64 { a * a }\n"
        "#[inline(never)] pub fn outer(a: u64) -> u64 { square(a) + square(a + 1) } }\n"
        "#[inline(never)] pub fn sum(a: &[u64]) -> u64 { a.iter().map(|x| x % 7).sum() }\n"
        "fn main() { let n = std::env::args().count() as u64; let v = [inner::outer(n), n];\n"
        'println!("{}", sum(&v)); }\n'
    )
    # Before 1.88 the option is an unstable one; Debian's 1.63 has none, and writes DWARF 4.
    options = [[f"-Cdwarf-version={version}"], [f"-Zdwarf-version={version}"]]
    for option in options + ([[]] if version == "4" else []):
        command = [rustc, "-g", "-Copt-level=2", *option, str(source)]
        command += ["-o", str(tmp_path / "program")]
        unstable = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
        result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=unstable)
        if not result.returncode:
            break
    else:
        pytest.skip(f"rustc does not work here: {result.stderr.splitlines()[:1]}")
    with open_elf(tmp_path / "program", "program") as elf:
        symbols = read_symbols(elf)
    ours = places(tmp_path / "program", symbols)
    wanted = {name: line for name, line in (("5inner5outer", 2), ("3sum", 3), ("4main", 4))}
    for part, line in wanted.items():
        own = [one for one in symbols if f"1m{part}" in one.name]
        assert [ours[one.addr] for one in own] == [(str(source), line)]
