"""What got slower: regression tests, the history, two commits, the report."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests.e2e.bazel import REPOSITORY, BazelTest, git, own_comparisons
from tests.e2e.consumer_test import copy_consumer

_BUILD = """
load("@rules_codspeed//rules:defs.bzl", "codspeed_regression_test")

codspeed_regression_test(
    name = "fib_regression_test",
    baseline = "fib.baseline.json",
    benchmark = ":fib",
    limits = {"Ir": "2%"},
)

codspeed_regression_test(
    name = "suite_regression_test",
    baseline = "suite.baseline.json",
    benchmark = ":bench",
)
"""
_FIB = "static long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }"
# Some of the calls cost a little more.
_SLOWER = (
    "__attribute__((noinline)) static long extra(long n) { volatile long i = n; return i & 0; }\n"
    "static long fib(long n) {\n"
    "  return n < 2 ? n : fib(n - 1) + fib(n - 2) + (n < 6 ? extra(n) : 0);\n"
    "}"
)


class JudgeTest(BazelTest):
    """One workspace in a folder of a git repository; each test leaves the sources as they were."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.workspace = Path(folder.name).resolve() / "repository/consumer"
        cls.workspace.parent.mkdir()
        copy_consumer(cls.workspace)
        with (cls.workspace / "BUILD.bazel").open("a", encoding="utf-8") as build:
            build.write(_BUILD)
        (cls.workspace / ".gitignore").write_text("*.baseline.json\n", encoding="utf-8")
        git(cls.workspace.parent, "init", "-q", "-b", "main")
        cls._git("add", ".")
        cls._git("commit", "-q", "-m", "first")
        super().setUpClass()
        # The history of the test is its own.
        cls.bazel.environment = {"XDG_STATE_HOME": f"{folder.name}/state"}

    @classmethod
    def _git(cls, *arguments: str) -> str:
        return git(cls.workspace, *arguments)

    def setUp(self) -> None:
        self._git("checkout", "-q", "-f", "main")

    def _slow_down(self) -> None:
        source = self.workspace / "fib_bench.c"
        text = source.read_text(encoding="utf-8")
        self.assertIn(_FIB, text)
        source.write_text(text.replace(_FIB, _SLOWER), encoding="utf-8")

    def test_regression_test(self) -> None:
        test = ["test", "//:fib_regression_test", "--test_output=errors"]
        self.assertIn(
            "//:fib_regression_test has no baseline. Got: no file fib.baseline.json.",
            self.bazel.run(*test, succeeds=False).stdout,
        )
        written = self.bazel.run("run", "//:fib_regression_test.update").stdout
        self.assertIn("Wrote fib.baseline.json.", written)
        self.bazel.run(*test)
        self.assertIn("(cached) PASSED", self.bazel.run(*test).stdout)
        # Rebuilt from other text: the same numbers.
        source = self.workspace / "fib_bench.c"
        text = source.read_text(encoding="utf-8")
        source.write_text(text + "/* nothing */\n", encoding="utf-8")
        self.bazel.run(*test)
        self._slow_down()
        out = self.bazel.run(*test, succeeds=False).stdout
        self.assertIn("//:fib_regression_test: 1 of 1 benchmarks failed.", out)
        self.assertRegex(out, r"fib_bench.c::fib \(//:fib\) costs more than it may")
        self.assertRegex(out, r"Ir .* -> .*\+\d+\.\d\d %   limit 2 %")
        self.assertRegex(
            out,
            r"\+[\d,]+  extra \(at least; not among the costliest before, so at most [\d,]+ -> ",
        )
        self.assertIn("bazel run //:fib_regression_test.update", out)
        xml = self.bazel.output_base / "execroot/_main/bazel-out/k8-fastbuild/testlogs"
        (suite,) = ElementTree.parse(xml / "fib_regression_test/test.xml").getroot()
        self.assertEqual([case.attrib["name"] for case in suite], ["fib_bench.c::fib"])
        self.bazel.run("run", "//:fib_regression_test.update")
        self.bazel.run(*test)

    def test_a_gate_over_a_suite(self) -> None:
        self.bazel.run("run", "//:suite_regression_test.update")
        self.bazel.run("test", "//:suite_regression_test")
        baseline = json.loads((self.workspace / "suite.baseline.json").read_text("utf-8"))
        labels = [target["label"] for target in baseline["targets"]]
        self.assertEqual(labels, ["//:count_file", "//:fib"])

    def test_history(self) -> None:
        first = self._git("rev-parse", "--short=10", "HEAD")
        self.bazel.run("run", "//:bench")
        new = self.workspace / "new.c"
        new.touch()
        run = self.bazel.run("run", "//:bench")
        self.assertIn("uncommitted work, as git does not track consumer/new.c:", run.stdout)
        new.unlink()
        self._git("checkout", "-q", "-b", "work")
        self._slow_down()
        base = f"{first}, the commit that is checked out"
        run = self.bazel.run("run", "//:bench")
        self.assertIn(f"Compared with {base}: 1 slower, 1 unchanged", run.stdout)
        self.assertIn("slower: fib_bench.c::fib (//:fib)", run.stdout)
        self._git("commit", "-q", "-a", "-m", "slower")
        run = self.bazel.run("run", "//:bench")
        self.assertIn(f"Compared with {first}, the merge base with main: 1 slower", run.stdout)
        run = self.bazel.run("run", "//:bench", "--", "--compare", "HEAD")
        self.assertIn("2 unchanged", run.stdout)
        run = self.bazel.run("run", "//:bench", "--", "--compare", "none")
        self.assertNotIn("Compared with", run.stdout)
        listed = self.bazel.run("run", "@rules_codspeed//tools:history", "--", "list").stdout
        self.assertEqual(len(listed.splitlines()), 6)
        self.assertIn("main with uncommitted changes  //:bench  2 benchmarks", listed)
        self.assertIn("work with uncommitted changes  //:bench  2 benchmarks", listed)

    def test_two_commits(self) -> None:
        self._git("checkout", "-q", "-B", "two")
        (self.workspace / "broken").mkdir()
        (self.workspace / "broken/BUILD.bazel").write_text("no_such_rule()\n", encoding="utf-8")
        self._git("add", ".")
        self._git("commit", "-q", "-m", "nothing of this is measured")
        self._slow_down()
        self._git("commit", "-q", "-a", "-m", "slower")
        bazelw = str(REPOSITORY / "bazelw")
        report = self.workspace.parents[1] / "report.html"
        command = ["run", "@rules_codspeed//tools:compare", "--", f"--bazel={bazelw}"]
        command += ["--base=main", "--head=two", f"--report={report}", "//:bench"]
        with own_comparisons(self.workspace.parent):
            run = self.bazel.run(*command, succeeds=False)
            self.assertIn("Compared with main: 1 slower, 1 unchanged", run.stdout)
            self.assertIn("slower: fib_bench.c::fib (//:fib)", run.stdout)
            page = report.read_text(encoding="utf-8")
            self.assertIn("<!doctype html>", page.lower())
            # Head is measured again for what changed only.
            same = [word.replace("--head=two", "--head=main") for word in command]
            self.assertIn("Compared with main: 2 unchanged", self.bazel.run(*same).stdout)
            # Its commit is found.
            slower = self._git("rev-parse", "--short=10", "two")
            bisect = ["run", "@rules_codspeed//tools:bisect", "--", f"--bazel={bazelw}"]
            ends = ["--good=main", "--bad=two", "//:bench"]
            found = self.bazel.run(*bisect, *ends)
            self.assertIn(f"The first slower commit is {slower} slower\n", found.stdout)
            self.assertIn("slower: fib_bench.c::fib (//:fib)", found.stdout)
            self.assertIn("nothing of this is measured: 1 unchanged\n", found.stderr)
            ends = ["--good=main", "--bad=two~1", "//:bench"]
            found = self.bazel.run(*bisect, *ends, succeeds=False)
            self.assertRegex(found.stderr, "nothing is slower in .* Got: 2 unchanged")
            # What failed does not hide the others.
            source = self.workspace / "fib_bench.c"
            source.write_text("int main(void) { return 3; }\n", encoding="utf-8")
            self._git("commit", "-q", "-a", "-m", "it fails")
            failed = self.bazel.run(*command, succeeds=False).stdout
            self.assertIn("Compared with main: 1 missing, 1 unchanged", failed)
            self.assertIn("Failed in two:\nfailed: ", failed)

    def test_why(self) -> None:
        why = ["run", "@rules_codspeed//tools:why", "--"]
        with tempfile.TemporaryDirectory() as folder:
            self.bazel.run("run", "//:bench", "--", f"--out={folder}/old")
            self._git("checkout", "-q", "-B", "why")
            self._slow_down()
            self._git("commit", "-q", "-a", "-m", "why it is slower")
            self.bazel.run("run", "//:bench", "--", f"--out={folder}/new")
            runs = [f"--base={folder}/old", f"--run={folder}/new"]
            shown = self.bazel.run(*why, *runs, "//:fib").stdout
        self.assertIn("Cause: other inputs: the program, ", shown)
        self.assertIn("Functions that account for Ir of fib_bench.c::fib:", shown)
        self.assertRegex(shown, r"\+[\d,]+  extra \(0 -> [\d,]+\)")
        shown = self.bazel.run(*why, "//:fib").stdout
        self.assertIn("Cause: other inputs: the program, ", shown)
        self.assertIn(" why it is slower\n", shown)
        self.assertIn("//tools:compare -- --base ", shown)
        shown = self.bazel.run(*why, "//:count_file").stdout
        self.assertIn("The numbers are the same, and the inputs are the same.", shown)

    def test_report_and_exports(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            options = [f"--report={folder}/r.html", f"--summary={folder}/s.md"]
            options += [f"--export={name}={folder}/{name}" for name in ("bencher", "speedscope")]
            options += [f"--export=callgrind={folder}/callgrind"]
            self.bazel.run("run", "//:bench", "--", *options)
            page = Path(folder, "r.html").read_text(encoding="utf-8")
            self.assertIn("Content-Security-Policy", page)
            self.assertIn("fib", Path(folder, "s.md").read_text(encoding="utf-8"))
            bencher = json.loads(Path(folder, "bencher").read_text(encoding="utf-8"))
            self.assertTrue(any("fib" in name for name in bencher), bencher)
            speedscope = json.loads(Path(folder, "speedscope").read_text(encoding="utf-8"))
            self.assertTrue(speedscope["profiles"])
            self.assertEqual(len(os.listdir(f"{folder}/callgrind")), 2)
