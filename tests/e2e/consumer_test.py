"""A workspace that depends on this repository, as the users of the rules have one."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from tests.e2e.bazel import CONSUMER, REPOSITORY, Bazel, BazelTest, tree


def measured(bazel: Bazel, name: str) -> dict[str, bytes]:
    """Reads what one measurement of the consumer left: profile, provenance, results."""
    return {
        **tree(bazel.output(f"{name}_simulation.profile")),
        "provenance": bazel.output(f"{name}_simulation.provenance.json").read_bytes(),
        "results": bazel.output(f"{name}_simulation.results.json").read_bytes(),
    }


def copy_consumer(to: Path) -> None:
    """Copies the consumer's main package, its path to this repository made absolute."""
    to.mkdir()
    for file in CONSUMER.iterdir():
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            (to / file.name).write_text(text.replace("../../..", str(REPOSITORY)), "utf-8")


class ConsumerTest(BazelTest):
    """What a user of the rules types."""

    workspace = CONSUMER

    def test_run_prints_one_document_and_copies_profiles(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            run = self.bazel.run("run", "//:bench", "--", "--format=json", f"--out={out}")
            document = json.loads(run.stdout)
            uris = {b["uri"]: b["label"] for b in document["benchmarks"]}
            self.assertEqual(
                uris,
                {"exec_harness::count_file": "//:count_file", "fib_bench.c::fib": "//:fib"},
            )
            for benchmark in document["benchmarks"]:
                self.assertGreater(benchmark["metrics"]["Ir"], 1000)
            self.assertTrue(any(p.name == "1.out" for p in out.rglob("*")))
            table = self.bazel.run("run", "//:bench").stdout
            self.assertIn("fib", table)
            self.assertNotIn("\x1b", table)

    def test_names_that_a_shell_would_take_apart(self) -> None:
        suite = "//:odd $HOME `'{command}' suite"
        run = self.bazel.run("run", suite, "--", "--format=json")
        (benchmark,) = json.loads(run.stdout)["benchmarks"]
        self.assertEqual(benchmark["label"], "//:odd$HOME`'{command}'`name")

    def test_without_a_runfiles_tree(self) -> None:
        # The outputs of another mode, for which no other test has made a tree.
        flags = ["--noenable_runfiles", "--compilation_mode=dbg"]
        run = self.bazel.run("run", *flags, "//:bench", succeeds=False)
        self.assertEqual(run.stdout, "")
        self.assertRegex(
            run.stderr.splitlines()[-1],
            "^rules_codspeed: no runfiles beside /.*/bench.sh. Fix: build with ",
        )

    def test_setting_of_another_module_is_set_where_it_is_measured(self) -> None:
        smoke = self.bazel.run("test", "//:fib_smoke_test", "--test_output=all").stdout
        self.assertIn("compiled for no mode", smoke)
        self.bazel.run("build", "//:fib")
        self.assertIn(b"fib_bench.c::fib", measured(self.bazel, "fib")["results"])

    def test_a_measurement_is_shared_between_equal_machines_only(self) -> None:
        query = 'mnemonic("CodSpeedSimulate", //:fib_simulation)'
        host_key = "--@rules_codspeed//rules/settings:host_key=image-1"

        def keys(*flags: str) -> tuple[str, str]:
            self.bazel.run("build", *flags, "//:fib")
            spec = json.loads(self.bazel.output("fib_simulation.spec.json").read_bytes())
            return spec["host_key"], spec["machine_key"]

        with tempfile.TemporaryDirectory() as folder:
            self.assertNotIn("no-remote-cache-upload", self.bazel.run("aquery", query).stdout)
            named, machine = keys()
            self.assertEqual(named, "")
            for part in machine.split(", "):
                self.assertRegex(part, "^[^ ]+(?: [^ ]+)? [0-9a-f]{12}$|^no python3$")
            libc = json.loads(measured(self.bazel, "fib")["provenance"])["host"]["libc"]["name"]
            self.assertIn(f"{libc} ", machine)

            # The name of an image takes the place of the machine's own key.
            self.assertEqual(keys(host_key), ("image-1", ""))
            self.assertIn(b'"host_key": "image-1"', measured(self.bazel, "fib")["provenance"])

            # As on another machine, and on one that cannot be read.
            (name,) = (
                one.name
                for one in (self.bazel.output_base / "external").iterdir()
                if one.name.endswith("codspeed_host")
            )
            # With the override a link takes its place.
            own = (self.bazel.output_base / "external" / name / "BUILD.bazel").read_text("utf-8")
            there = f"--override_repository={name}={folder}"
            for key in ["libc.so.6 0123456789ab", ""]:
                Path(folder, "BUILD.bazel").write_text(own.replace(machine, key), "utf-8")
                Path(folder, "REPO.bazel").touch()
                self.assertEqual(keys(there), ("", key))
                printed = self.bazel.run("aquery", there, query).stdout
                self.assertEqual("no-remote-cache-upload" in printed, not key)

    def test_wildcard_measures_nothing(self) -> None:
        with Bazel(CONSUMER) as bazel, tempfile.NamedTemporaryFile() as log:
            bazel.run("build", "//...", f"--execution_log_json_file={log.name}")
            bazel.run("test", "//...")
            self.assertNotIn("CodSpeedSimulate", Path(log.name).read_text(encoding="utf-8"))
            # Nor is a simulator fetched for it.
            fetched = [p.name for p in (bazel.output_base / "external").iterdir()]
            self.assertEqual([name for name in fetched if "codspeed_valgrind" in name], [])


if __name__ == "__main__":
    unittest.main()
