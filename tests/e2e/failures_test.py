"""Each way for a benchmark to go wrong gives one clear message, on a real Bazel and Valgrind."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from tests.e2e.bazel import CONSUMER, BazelTest
from tests.report.html.unpacked import blocks


class FailuresTest(BazelTest):
    """Builds each target of //broken and reads what a user would read."""

    workspace = CONSUMER

    def message(self, name: str) -> str:
        """Returns what the driver said of a failing benchmark; checks what all of them must say.

        Bazel's own lines are left out: they hold the label, and words like "processes".
        """
        text = self.bazel.run("build", f"//broken:{name}", succeeds=False).stderr
        self.assertNotIn("Traceback", text)
        before, start, said = text.partition("rules_codspeed: ")
        self.assertTrue(start and before.endswith("\n"), text)
        said, _, _ = said.partition("\nINFO: ")
        said, _, _ = said.partition(f"\nTarget //broken:{name} ")
        headline = said.splitlines()[0]
        self.assertIn(f"//broken:{name} ", headline)
        self.assertIn("Fix: ", said)
        return said

    def test_exit_status(self) -> None:
        text = self.message("fails")
        self.assertIn("//broken:fails ended with exit status 3.\n", text)
        self.assertIn("| the program is about to go wrong: fails", text)

    def test_signal(self) -> None:
        self.assertIn("was killed by SIGABRT", self.message("crashes"))

    def test_timeout(self) -> None:
        text = self.message("hangs")
        self.assertIn("did not end within 5 s (timeout_s) and was killed", text)

    def test_nothing_measured(self) -> None:
        self.assertIn(
            "//broken:measures_nothing measured nothing", self.message("measures_nothing")
        )

    def test_nothing_measured_on_purpose(self) -> None:
        self.bazel.run("build", "//broken:empty_on_purpose")

    def test_static_program(self) -> None:
        self.assertIn("//broken:static is statically linked", self.message("static"))

    def test_no_debug_info(self) -> None:
        self.assertIn("//broken:stripped has no debug information", self.message("stripped"))

    def test_program_that_asks_for_a_helper(self) -> None:
        text = self.bazel.run("build", "//broken:asks_for_a_helper").stderr
        self.assertIn("//broken:asks_for_a_helper starts no-such-plotter --version, which", text)

    def test_program_that_forks(self) -> None:
        self.assertIn("//broken:forks starts other processes (1)", self.message("forks"))

    def test_foreign_profile(self) -> None:
        text = self.message("foreign_profile")
        self.assertIn("left a callgrind profile that cannot be used. Got: 99999.out: ", text)

    def test_truncated_profile(self) -> None:
        text = self.message("truncated_profile")
        self.assertIn("left a profile that cannot be read", text)
        self.assertIn("2.out:19: the file ends within a record; it is truncated", text)

    def test_garbage_on_the_terminal(self) -> None:
        text = self.message("prints_garbage")
        self.assertIn("ended with exit status 5", text)
        self.assertLess(len(text), 20000)
        self.assertNotIn("\x1b", text)
        # What a CI obeys, wherever it stands in a line.
        self.assertIn("| ##\\x5bstop-commands]token\n", text)
        self.assertNotIn("##[", text)

    def test_same_benchmark_twice(self) -> None:
        self.assertIn("//broken:twice measures 'broken.c::same' twice", self.message("twice"))

    def test_one_that_fails_does_not_hide_the_others(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.html")
            options = ["--skip-upload", "--compare=none", f"--report={report}"]
            run = self.bazel.run("run", "//broken:bench", "--", *options, succeeds=False)
            shown = str(blocks(report.read_text("utf-8")))
            self.assertIn("//broken:fails ended with exit status 3", shown)
        self.assertRegex(run.stdout, r"fib_bench\.c::fib +[0-9,]+ ")
        self.assertIn("1 benchmark, 3 targets failed", run.stdout)
        for reason in (
            "//broken:fails ended with exit status 3.\n  command: ",
            "//broken:forks starts other processes (1)",
            "//broken:twice measures 'broken.c::same' twice",
        ):
            self.assertIn(f"\nfailed: {reason}", run.stdout)
        # What only measures fails for them.
        text = self.bazel.run("build", "-k", "//broken:bench_profiles", succeeds=False).stderr
        self.assertIn("rules_codspeed: //broken:fails ended with exit status 3.", text)

    def test_pinned_variable(self) -> None:
        text = self.message("overrides_a_pin")
        self.assertIn("sets the variable PYTHONHASHSEED, which the measurement has to fix", text)


if __name__ == "__main__":
    unittest.main()
