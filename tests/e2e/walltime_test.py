"""Walltime on a real Bazel with real perf: alone on the machine, and the right functions."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar

from tests.e2e.bazel import REPOSITORY, Bazel, BazelTest, spawns

_WORKSPACE = REPOSITORY / "tests/e2e/timed"
_WALLTIME = "--@rules_codspeed//rules/settings:modes=walltime"


def _why_no_perf() -> str:
    """Returns why perf cannot record here; empty if it can."""
    perf = shutil.which("perf")
    if not perf:
        return "no perf: apt-get install linux-perf"
    record = [perf, "record", "-o", "/dev/null", "--", "/bin/true"]
    done = subprocess.run(record, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"perf is forbidden here: {done.stderr.strip()[:200]}"


def _samples_kernel() -> bool:
    """Returns whether perf may sample the kernel here; if not, it leaves it out by itself."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/perf.data"
        record = ["perf", "record", "-e", "cpu-clock", "-o", file, "--", "/bin/true"]
        subprocess.run(record, capture_output=True, check=True)
        listed = ["perf", "evlist", "-v", "-i", file]
        done = subprocess.run(listed, capture_output=True, text=True, check=True)
    return "exclude_kernel: 1" not in done.stdout


def _python_with_trampoline() -> str | None:
    """Returns a Python whose functions perf can distinguish, 3.12 or later on Linux."""
    named = [shutil.which(name) for name in ("python3", "python3.13", "python3.12")]
    # pyenv's links answer only for the version that it is set to.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    of_pyenv = map(str, sorted(pyenv.glob("versions/3.1[2-9]*/bin/python3")))
    asked = "import sys; sys.activate_stack_trampoline('perf'); print(sys.executable)"
    for python in [*filter(None, named), *of_pyenv]:
        done = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


@unittest.skipIf(_why_no_perf(), _why_no_perf())
class WalltimeTest(BazelTest):
    """Programs whose hot functions are known."""

    workspace = _WORKSPACE
    checker: ClassVar[Path]
    checked: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.checker = Path(folder.name) / "resymbolise"
        checker = "@rules_codspeed//tests/harvest:resymbolise"
        cls.bazel.run("run", f"--script_path={cls.checker}", checker)

    def _measured(self, name: str, *flags: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Measures a target; returns its results and what the checker finds in its profile."""
        groups = "--output_groups=results,raw,profile,log"
        self.bazel.run("build", _WALLTIME, groups, *flags, f"//:{name}")
        output = self.bazel.output
        results = json.loads(output(f"{name}_walltime.results.json").read_bytes())
        command = [str(self.checker), f"--raw={output(f'{name}_walltime.raw')}"]
        command.append(f"--profile={output(f'{name}_walltime.profile')}")
        checked = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        found = self.checked = json.loads(checked.stdout)
        # Few are taken on a machine that is busy.
        self.assertGreater(found["known"], 5)
        self.assertGreaterEqual(found["agree"], 0.98 * found["known"], found["differing"])
        return results, found["functions"]

    def test_hot_functions(self) -> None:
        results, functions = self._measured("hot")
        both = functions["hot.cc::both"]
        self.assertGreater(both["hot_function"], 4 * both.get("cold_function", 0))
        self.assertNotIn("hot_function", functions["hot.cc::cold"])
        metrics = {one["uri"]: one["metrics"] for one in results["benchmarks"]}
        faster, slower = metrics["hot.cc::cold"], metrics["hot.cc::both"]
        self.assertGreater(slower["median_ns"], 4 * faster["median_ns"])
        self.assertEqual(slower["rounds"], 30)
        (one,) = [one for one in results["benchmarks"] if one["uri"] == "hot.cc::both"]
        self.assertEqual([len(rounds) for rounds in one["rounds_ns"]], [30])
        walltime = results["provenance"][0]["walltime"]
        self.assertEqual(walltime["profiler"]["state"], "recorded")
        self.assertTrue(walltime["profiler"]["event"])
        self.assertTrue(walltime["machine"]["kernel"])

    def test_a_forked_child(self) -> None:
        _, functions = self._measured("forks")
        found = functions["forks.cc::in_child"]
        self.assertGreater(found["work_of_child"], 0.5 * max(found.values()))

    def test_what_the_kernel_did_and_that_it_is_left_out_in_a_sandbox(self) -> None:
        seen = {}
        for strategy in ("", "local"):
            flags = [f"--strategy=CodSpeedWalltime={strategy}"] if strategy else []
            # Another strategy alone measures nothing again.
            flags.append(f"--@rules_codspeed//rules/settings:remeasure=kernel{strategy}")
            results, functions = self._measured("forks", *flags)
            # No sample falls into a program that waits for the kernel.
            found = functions.get("forks.cc::in_kernel", {})
            event = results["provenance"][0]["walltime"]["profiler"]["event"]
            seen[strategy] = not event.endswith(":u")
            if seen[strategy]:
                self.assertGreater(found.get("[kernel]", 0), 0.5 * max(found.values()), event)
            else:
                self.assertNotIn("[kernel]", found, event)
        # Without a sandbox perf may do what it may do here.
        self.assertEqual(seen["local"], _samples_kernel())

    def test_libraries_of_runfiles_and_of_another_repository(self) -> None:
        _, functions = self._measured("loads")
        found = functions["loads.cc::both"]
        self.assertGreater(found["work_of_library"], 0)
        self.assertGreater(found["work_of_other"], 0)
        metadata = self.bazel.output("loads_walltime.profile") / "walltime.metadata"
        debug_info = json.loads(metadata.read_bytes())["debug_info"]
        files = {info["file"] for one in debug_info.values() for info in one["debug_infos"]}
        self.assertIn("library.c", files)
        self.assertTrue(any(re.fullmatch(r"external/other[^/]*/other.c", f) for f in files), files)

    @unittest.skipUnless(_python_with_trampoline(), "no Python 3.12 with perf's trampoline")
    def test_python_under_the_trampoline(self) -> None:
        # An interpreter that is built without frame pointers has none of its callers in a chain, so
        # no sample names them: the test looks into the maps.
        python = f"--action_env=TIMED_PYTHON={_python_with_trampoline()}"
        self._measured("python", python)
        functions = self.checked["generated"]
        for name in ("hot_python_function", "cold_python_function", "spin"):
            found = [right for function, right in functions.items() if f"py::{name}:" in function]
            self.assertTrue(found, (name, list(functions)[:20]))
            self.assertTrue(all(found), name)

    def test_an_edit_of_the_harvest_times_nothing_again(self) -> None:
        """File content is part of an action's key; files that are not inputs change no key."""

        def measuring(inputs: str) -> str:
            timed = 'mnemonic("CodSpeedWalltime", //:hot_walltime)'
            query = f'inputs(".*py/rules_codspeed/{inputs}/.*", {timed})'
            return self.bazel.run("aquery", query, "--output=summary").stdout

        self.assertRegex(measuring("capture"), r"^[1-9][0-9]* total actions?")
        self.assertRegex(measuring("harvest"), r"^No actions matched")

    def test_nothing_runs_beside_a_measurement(self) -> None:
        # Every worker is busy when the benchmark could start.
        targets = ["//:busy", "//:twice"]
        flags = ["--jobs=8", "--local_cpu_resources=8", "--output_groups=+log"]
        with Bazel(_WORKSPACE, flags=[_WALLTIME]) as bazel:
            bazel.run("build", *flags, *targets)
            log = bazel.output("twice_walltime.log").read_text(encoding="utf-8")
            starts = [int(stamp) for stamp in re.findall(r"from (\d+)", log)]
            ends = [int(stamp) for stamp in re.findall(r"until (\d+)", log)]
            self.assertEqual((len(starts), len(ends)), (2, 2), log)
            busy = []
            for number in range(8):
                text = bazel.output(f"busy_{number}.txt").read_text(encoding="utf-8")
                busy.append([int(stamp) for stamp in text.split()])
        beside = [(b, e) for b, e in busy if b < max(ends) and e > min(starts)]
        self.assertEqual(beside, [], (starts, ends, busy))
        # The others did run at once.
        self.assertTrue(any(a < b < e for b, _ in busy for a, e in busy if a != b))

    def test_measured_again_on_demand_only(self) -> None:
        again = "--@rules_codspeed//rules/settings:remeasure="
        with Bazel(_WORKSPACE, flags=[_WALLTIME]) as bazel:

            def measured(*flags: str) -> int:
                with tempfile.NamedTemporaryFile() as log:
                    bazel.run("build", "//:hot", *flags, f"--execution_log_json_file={log.name}")
                    done = spawns(Path(log.name))
                    return sum(spawn["mnemonic"] == "CodSpeedWalltime" for spawn in done)

            self.assertEqual([measured(), measured()], [1, 0])
            self.assertEqual([measured(again + "x"), measured(again + "x")], [1, 0])
            # No shared cache brings times back.
            with tempfile.TemporaryDirectory() as cache:
                self.assertEqual(measured(f"--disk_cache={cache}", again + "y"), 1)
                bazel.run("clean")
                self.assertEqual(measured(f"--disk_cache={cache}", again + "y"), 1)

    def test_without_perf(self) -> None:
        without = "--@rules_codspeed//rules/settings:profiler=none"
        run = self.bazel.run("run", without, "//:bench", "--", "--compare=none")
        self.assertRegex(run.stdout, r"hot.cc::both +[\d.,]+ [nµm]?s")
        self.assertIn("profil", run.stdout)

    def test_each_mode_is_a_part(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            options = ["--dry-run", f"--out={out}", "--allow-stock-simulator"]
            run = self.bazel.run("run", "//:bench_all", "--", *options)
            self.assertRegex(run.stdout, r"Median")
            self.assertRegex(run.stdout, r"Instructions")
            self.assertRegex(run.stdout, r"hot.cc::both +[\d.,]+ +[KM]?i?B +[\d.,]+ +[KM]?i?B +\d+")
            profile = out / "hot.walltime" / "profile"
            names = {path.name for path in profile.iterdir()}
            self.assertLessEqual({"perf.pipedata", "walltime.metadata", "results"}, names)
            self.assertTrue((out / "hot.simulation" / "profile" / "1.out").is_file())
            memory = sorted(path.name for path in (out / "hot.memory/profile/results").iterdir())
            self.assertEqual(memory, ["1.MemtrackArtifact.msgpack", "ExecutionTimestamps.msgpack"])
            executors = [
                json.loads(path.read_bytes())["runner"]["executor"]
                for path in sorted((out / "upload").rglob("*.json"))
                if "runner" in path.read_text(encoding="utf-8")
            ]
            self.assertEqual(sorted(set(executors)), ["memory", "valgrind", "walltime"])


if __name__ == "__main__":
    unittest.main()
