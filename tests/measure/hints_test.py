"""The next step of each failure leads on: it names what is at fault, and how to do without it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.measure.frameworks.built import Built, read_built
from rules_codspeed.measure.frameworks.sanitizers import SANITIZERS, Sanitizer
from rules_codspeed.measure.simulation.diagnosis import diagnosis, of_illegal
from rules_codspeed.measure.simulation.extensions import X86
from rules_codspeed.measure.simulation.helpers import REASONS, Helper, fix_of_helpers
from rules_codspeed.measure.simulation.hints import HINTS
from rules_codspeed.measure.simulation.illegal import illegal_instruction
from rules_codspeed.measure.simulation.profile import unread_debug_info
from tests.measure.target import Target

Make = Callable[..., Target]
SOURCE = Path(__file__).parent / "program.c"
SMOKE = "run the smoke test"


@pytest.mark.parametrize(("how", "end"), [("fail", "exit status 3"), ("trap", "SIGILL")])
def test_the_smoke_test_is_named_where_it_fails_too(hooks_target: Make, how: str, end: str) -> None:
    text = hooks_target("measure", how).run().failed()
    assert (
        f"Fix: {SMOKE}, which runs the same without measuring, and fix the program: there it"
        in text
    )
    assert text.count(end) >= 2
    assert f"| about to: {how}" in text


def test_a_program_that_fails_only_while_it_is_measured(hooks_target: Make) -> None:
    # What the measured run left is not there any more.
    ended = hooks_target("measure", "leave-file", "fail-measured").run()
    text = ended.failed()
    assert "ended with exit status 4" in text
    assert SMOKE not in text
    assert "Fix: the program succeeds without measuring, so look for what differs" in text
    assert "# the same without measuring" in ended.log


@pytest.mark.parametrize(("how", "at_fault"), [("fail", False), ("fail-measured", True)])
def test_a_system_call_that_the_simulator_does_not_know(
    hooks_target: Make, how: str, at_fault: bool
) -> None:
    """Most programs go on without it: it explains only what fails in the simulator alone."""
    text = hooks_target("measure", "unknown-call", how).run().failed()
    what = "the simulator does not know a system call that the program needs: WARNING: unhandled "
    assert (what in text) == at_fault
    assert (SMOKE in text) != at_fault


def test_an_instruction_that_the_simulator_does_not_know(hooks_target: Make) -> None:
    text = hooks_target("measure", "use-extension").run().failed()
    assert SMOKE not in text
    assert "was killed by SIGILL (signal 4): the simulator does not know instructions of " in text
    assert ", in use_extension (program.c:" in text
    option = "-mno-avx512f" if os.uname().machine == "x86_64" else "-march=armv8-a"
    assert (
        f"no -march=native, no -m option, target attribute or target_clones for it, or {option}"
        in text
    )


def test_a_fault_of_the_simulator(hooks_target: Make) -> None:
    """Valgrind's log ends with pages of stacks: what it asserts is not among its last lines."""
    text = hooks_target("measure", "nest-signals").run().failed()
    assert SMOKE not in text
    assert "exit status 1: the simulator itself failed: Callgrind: threads.c:" in text
    assert "(push_exec_state): Assertion '(sp > 0) && (sp < 10)' failed." in text
    assert "it is a fault of Valgrind, not of the program" in text
    assert 'modes = ["walltime"]' in text


def _built_with(sanitizer: Sanitizer, compile_c: Callable[..., Path]) -> Path:
    """Returns a program with a name that a sanitizer's runtime defines."""
    name = sanitizer.marks[0].rstrip(b"\0").decode()
    name += "x" if name.endswith("_") else ""
    return compile_c(SOURCE, f"-Wl,--defsym={name}=main", "-rdynamic")


@pytest.mark.parametrize("sanitizer", SANITIZERS, ids=[one.option for one in SANITIZERS])
def test_sanitizers(
    hooks_target: Make, compile_c: Callable[..., Path], sanitizer: Sanitizer
) -> None:
    program = _built_with(sanitizer, compile_c)
    ended = hooks_target("measure").stage("_main/pkg/program", program).run()
    way = f"build what is measured without -fsanitize={sanitizer.option}"
    if sanitizer.simulated:
        words = f"//pkg:bench is built with {sanitizer.name}, whose work is in its numbers: {way}"
        assert ended.succeeded().stderr.startswith(f"rules_codspeed: warning: {words}")
        assert ended.stderr.count("\n") == 1
        assert f"# {words}" in ended.log
    else:
        text = ended.failed()
        assert f"is built with {sanitizer.name}, which does not run in the simulator" in text
        assert way in text
        assert ended.log == ""


def test_sanitizers_of_a_whole_program(exec_target: Make, compile_c: Callable[..., Path]) -> None:
    program = _built_with(SANITIZERS[0], compile_c)
    text = exec_target("nap").stage("_main/pkg/program", program).run().failed()
    assert "is built with AddressSanitizer, which does not run in the simulator" in text


@pytest.mark.parametrize("option", ["address", "leak", "thread", "undefined"])
def test_real_sanitizers(hooks_target: Make, compile_c: Callable[..., Path], option: str) -> None:
    try:
        program = compile_c(SOURCE, f"-fsanitize={option}")
    except subprocess.CalledProcessError:
        pytest.skip(f"no runtime of -fsanitize={option} on this machine")
    (sanitizer,) = read_built(str(program)).sanitizers
    assert sanitizer.option == option
    ended = hooks_target("measure").stage("_main/pkg/program", program).run()
    text = ended.succeeded().stderr if sanitizer.simulated else ended.failed()
    assert f"without -fsanitize={option} (--features=-" in text


def test_a_program_without_sanitizers_has_none(program: Path) -> None:
    assert read_built(str(program)) == Built()
    assert read_built(str(SOURCE)) == read_built("no/such/file") == Built()


# Its files: what GCC splits off by default, and what linkers compress.
@pytest.mark.parametrize("flags", [[], ["-gz"], ["-gdwarf64"]])
def test_split_debug_information(
    hooks_target: Make, compile_c: Callable[..., Path], flags: list[str], tmp_path: Path
) -> None:
    program = compile_c(SOURCE, "-gdwarf-5", "-gsplit-dwarf", *flags)
    assert read_built(str(program)).split
    ended = hooks_target("measure").stage("_main/pkg/program", program).run()
    if not ended.unmeasured and not ended.status:  # a simulator that reads it
        assert b"program.c" in ended.profile["1.out"]
        return
    text = ended.failed()
    assert SMOKE not in text
    assert "debug information" in text
    assert "-gno-split-dwarf" in text


@pytest.mark.parametrize(
    "flags", [["-gdwarf-4", "-gsplit-dwarf"], ["-gsplit-dwarf", "-gno-split-dwarf"]]
)
def test_split_debug_information_that_the_simulator_reads(
    hooks_target: Make, compile_c: Callable[..., Path], flags: list[str]
) -> None:
    program = compile_c(SOURCE, *flags)
    assert not read_built(str(program)).split
    ended = hooks_target("measure").stage("_main/pkg/program", program).run().succeeded()
    assert b"/program.c\n" in ended.profile["1.out"]
    assert ended.stderr == ""


def test_debug_information_that_the_simulator_does_not_read_is_reported(
    hooks_target: Make, compile_c: Callable[..., Path]
) -> None:
    """Not the program's own. Of a library it may lack names only, or the simulator gives up."""
    split = compile_c(SOURCE, "-shared", "-fPIC", "-gdwarf-5", "-gsplit-dwarf")
    program = compile_c(SOURCE, "-Wl,-rpath,$ORIGIN", str(split), "-Wl,--no-as-needed")
    target = hooks_target("measure").stage("_main/pkg/program", program)
    ended = target.stage(f"_main/pkg/{split.name}", split).run()
    if ended.stderr:  # some version reads it
        assert f"/{split.name}; names of its" in ended.stderr or "and gave up" in ended.stderr
        assert "ompile with -gdwarf-4" in ended.stderr


def test_each_object_file_that_is_not_read_is_found() -> None:
    log = (
        b"--7-- WARNING: Serious error when reading debug info\n"
        b"--7-- When reading debug info from /a/b c:\n--7-- abbv_code not found in ht_abbvs table\n"
        b"==7== Serious\n--7-- WARNING: Serious error when reading debug info\n"
        b"--7-- When reading debug info from /x\xff:\n--7-- y\n"
    )
    assert unread_debug_info(log) == ["/a/b c", "/x\\xff"]
    assert unread_debug_info(b"==7== \n") == []


def test_a_helper_that_is_not_there(exec_target: Make) -> None:
    """As criterion asks gnuplot for its version."""
    ended = exec_target("start:no-such-plotter --version").run().succeeded()
    words = (
        "//pkg:bench starts no-such-plotter --version, which is not there: it is measured without"
    )
    assert ended.stderr.startswith(f"rules_codspeed: warning: {words}")
    assert list(ended.benchmarks("1.out")) == ["exec_harness::pkg:bench"]
    again = exec_target("start:no-such-plotter --version").run("again").succeeded()
    assert again.profile == ended.profile


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        (["start:true x"], "(1): true x; "),
        (["start:no-such-plotter -v", "start:true x"], "(2): no-such-plotter -v, true x; "),
        (["start:no-such-plotter -v", "fork-plain"], "(2): no-such-plotter -v; "),
        (["fork-plain"], "(1); "),
    ],
)
def test_helpers_that_work_are_named(exec_target: Make, how: list[str], shown: str) -> None:
    text = exec_target(*how).run().failed()
    assert f"//pkg:bench starts other processes {shown}CPU simulation does not support" in text


def test_what_a_framework_needs(exec_target: Make) -> None:
    target = exec_target("start:pkg/gnuplot --version")
    target.stage("_main/pkg/gnuplot", "#!/bin/sh\necho gnuplot 5.4\n")
    (Path(target.files["_main/pkg/gnuplot"])).chmod(0o755)
    text = target.run().failed()
    assert "starts other processes (1): pkg/gnuplot --version; " in text
    assert f"Fix: {REASONS['gnuplot']}." in text


@pytest.mark.parametrize("name", REASONS)
def test_each_helper(name: str) -> None:
    found = [Helper(("true",), True), Helper((f"/usr/bin/{name}", "-x"), True)]
    assert fix_of_helpers(found) == REASONS[name]
    assert fix_of_helpers(found[:1]).startswith("name the program that does the work as binary")


# By the name of each hint, what it is found by: as Valgrind 3.19 and 3.24, and runtimes, print it.
PRINTED = {
    "debug information": b"==1== Valgrind: debuginfo reader: ensure_valid failed:\n"
    b"==1== Valgrind:   during call to ML_(img_get)\n"
    b"==1== Valgrind: debuginfo reader: Possibly corrupted debuginfo file.\n"
    b"==1== Valgrind: I can't recover.  Giving up.  Sorry.\n",
    "assertion": b"\nCallgrind: threads.c:247 (vgCallgrind_post_signal): Assertion 'sigNum == "
    b"vgCallgrind_current_state.sig' failed.\n\nhost stacktrace:\n==1==    at 0x58020C4A: ???\n",
    "panic": b"\nvalgrind: the 'impossible' happened:\n   LibVEX called failure_exit().\n\n",
    "sanitizer": b"==42==ASan runtime does not come first in initial library list; you should\n",
    "system call": b"--42-- WARNING: unhandled amd64-linux syscall: 448\n--42-- You may be able\n",
}


@pytest.mark.parametrize("hint", HINTS, ids=[one.name for one in HINTS])
def test_each_hint(hint: object) -> None:
    (one,) = [found for found in HINTS if found is hint]
    for logs in ([PRINTED[one.name], b""], [b"--1-- x\n", b"y\n" + PRINTED[one.name]]):
        found = diagnosis(logs, Built())
        assert found
        assert found.what.startswith(f"{one.what}: ")
        assert "==1==" not in found.what
        assert "\n" not in found.what
        assert found.fix == one.fix
        assert found.sure == one.sure
        assert SMOKE not in found.fix
        for built, other in ((Built(split=True), one.fix_split), (Built(go=True), one.fix_go)):
            changed = diagnosis(logs, built)
            assert changed
            assert changed.fix == (other or one.fix)


@pytest.mark.parametrize(
    "line",
    [
        b"x",
        b"AddressSanitizer",
        b"valgrind: a:1 (",
        b"valgrind: a:1 (x): Assertion '",
        b"WARNING: unhandled ",
    ],
)
def test_lines_without_end_take_no_time(line: bytes) -> None:
    """With a repetition in front of a pattern these would take minutes to hours."""
    assert diagnosis([line * (5_000_000 // len(line))], Built()) is None
    assert diagnosis([(line * 999)[:999] + b"\n"] * 3, Built()) is None
    hint = b"valgrind: m.c:9 (f): Assertion 'n > 0' failed.\n"
    found = diagnosis([line * 100_000 + b"\n" + hint], Built())
    assert found is not None
    assert "Assertion 'n > 0' failed" in found.what


def test_no_hint() -> None:
    logs = [b"==1== Process terminating\n", b"prog: a.c:1: main: Assertion `0' failed.\n"]
    assert diagnosis(logs, Built()) is None
    assert diagnosis([], Built()) is None


INSTRUCTIONS = {
    "AVX-512": "vpaddd %zmm1,%zmm2,%zmm3; vaddps %xmm17,%xmm2,%xmm3",
    "AMX": "ldtilecfg (%rax); tdpbssd %tmm1,%tmm2,%tmm3; tileloadd (%rax,%rbx),%tmm1",
    "AVX-VNNI": "{vex} vpdpbusd %ymm1,%ymm2,%ymm3",
    "AVX-IFMA": ".byte 0xc4,0xe2,0xed,0xb4,0xd9",
    "SHA512": ".byte 0xc4,0xe2,0x7f,0xcb,0xd9",
    "GFNI": "vgf2p8mulb %ymm1,%ymm2,%ymm3; vgf2p8affineqb $1,%ymm1,%ymm2,%ymm3; gf2p8mulb "
    "%xmm1,%xmm2; gf2p8affineqb $1,%xmm1,%xmm9",
    "VAES": "vaesenc %ymm1,%ymm2,%ymm3",
    "VPCLMULQDQ": "vpclmulqdq $1,%ymm1,%ymm2,%ymm3",
    "FMA4": "vfmaddps %xmm1,%xmm2,%xmm3,%xmm4",
    "XOP": "vphaddbw %xmm1,%xmm2",
    "SHA": "sha256rnds2 %xmm1,%xmm2; sha1rnds4 $1,%xmm1,%xmm2; sha1msg1 %xmm9,%xmm10",
    "MOVDIR64B": "movdir64b (%rax),%rbx",
    "MOVDIRI": "movdiri %eax,(%rbx)",
    "RTM": "xbegin .",
    "RDPID": "rdpid %rax; rdpid %r9",
    "WAITPKG": "tpause %eax; umwait %ecx; umonitor %r9",
    "SERIALIZE": "serialize",
    "3DNow!": "pfadd %mm1,%mm2",
    "": "ud2; ud1 %eax,%ebx; mov %eax,%ebx",
}


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_each_extension(name: str, tmp_path: Path) -> None:
    """By the bytes that an assembler makes of its instructions."""
    assembler = shutil.which("as")
    if os.uname().machine != "x86_64" or not assembler or not shutil.which("objcopy"):
        pytest.skip("no assembler for x86-64 on this machine")
    options = {extension.name: extension.option for _, extension in X86}
    assert INSTRUCTIONS.keys() == {"", *options}
    for text in INSTRUCTIONS[name].split("; "):
        (tmp_path / "x.s").write_text(f"{text}\n")
        subprocess.run([assembler, "-o", "x.o", "x.s"], cwd=tmp_path, check=True)
        subprocess.run(
            ["objcopy", "-O", "binary", "-j", ".text", "x.o", "x"], cwd=tmp_path, check=True
        )
        code = (tmp_path / "x").read_bytes()
        shown = " ".join(f"0x{one:X}" for one in code)
        log = f"vex amd64->IR: unhandled instruction bytes: {shown} 0x90 0x90\n".encode()
        found = illegal_instruction(log)
        assert found
        assert found.shown.startswith(code.hex())
        assert (found.extension.name if found.extension else "") == name, text
        assert found.trap == text.startswith("ud")
        explained = of_illegal(found, log)
        assert (explained is None) == found.trap
        if explained:
            assert options.get(name, "-march=native") in explained.fix


@pytest.mark.parametrize(
    ("word", "name"), [("04A0E3E0", "SVE"), ("D503461F", ""), ("C0080000", "SME"), ("00000000", "")]
)
def test_each_extension_of_arm(word: str, name: str) -> None:
    found = illegal_instruction(f"disInstr(arm64): unhandled instruction 0x{word}\n".encode())
    assert found
    assert (found.extension.name if found.extension else "") == name
    assert found.trap == (word == "00000000")
