"""Each way for a benchmark to go wrong gives one clear message, on a real Bazel and Valgrind."""

from __future__ import annotations

import contextlib
import unittest
from typing import ClassVar

from tests.e2e.bazel import CONSUMER, Bazel


class FailuresTest(unittest.TestCase):
    """Builds each target of //broken and reads what a user would read."""

    bazel: ClassVar[Bazel]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.bazel = stack.enter_context(Bazel(CONSUMER))

    def message(self, name: str) -> str:
        """Returns what a failing measurement printed; checks what all of them must say."""
        text = self.bazel.run("build", f"//broken:{name}", succeeds=False).stderr
        self.assertIn(f"//broken:{name}", text)
        self.assertNotIn("Traceback", text)
        return text

    def test_exit_status(self) -> None:
        text = self.message("fails")
        self.assertRegex(text, r"exit(ed with)? (status|code) 3|status 3")
        self.assertIn("the program is about to go wrong: fails", text)

    def test_signal(self) -> None:
        self.assertIn("SIGABRT", self.message("crashes"))

    def test_timeout(self) -> None:
        text = self.message("hangs")
        self.assertIn("5 s", text)
        self.assertIn("timeout_s", text)

    def test_nothing_measured(self) -> None:
        self.assertIn("measured nothing", self.message("measures_nothing"))

    def test_nothing_measured_on_purpose(self) -> None:
        self.bazel.run("build", "//broken:empty_on_purpose")

    def test_static_program(self) -> None:
        self.assertIn("static", self.message("static"))

    def test_no_debug_info(self) -> None:
        self.assertIn("debug info", self.message("stripped"))

    def test_program_that_forks(self) -> None:
        self.assertIn("process", self.message("forks"))

    def test_foreign_profile(self) -> None:
        self.assertIn("callgrind", self.message("foreign_profile"))

    def test_garbage_on_the_terminal(self) -> None:
        text = self.message("prints_garbage")
        self.assertLess(len(text), 20000)
        self.assertNotIn("\x1b", text)

    def test_same_benchmark_twice(self) -> None:
        self.assertIn("broken.c::same", self.message("twice"))

    def test_pinned_variable(self) -> None:
        self.assertIn("PYTHONHASHSEED", self.message("overrides_a_pin"))


if __name__ == "__main__":
    unittest.main()
