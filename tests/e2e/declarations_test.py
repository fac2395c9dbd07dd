"""What users declare: attributes that reach Bazel, and mistakes that get one clear error."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from tests.e2e.bazel import REPOSITORY, WORKSPACE_MODE, BazelTest
from tests.e2e.consumer_test import copy_consumer

# Mistakes that macros see: loading the package fails, which no analysis test can show.
_NO_MODE = "no mode in the attribute modes of a. Got: []. Expected: one or more of "
_MISTAKES = {
    "no_mode": (
        'codspeed_benchmark(name = "a", binary = ":b", modes = [])',
        _NO_MODE + '["simulation", "walltime", "memory"]',
    ),
    "no_mode_in_suite": (
        'codspeed_suite(name = "a", benchmarks = [], modes = [])',
        _NO_MODE + '["simulation", "walltime", "memory"]',
    ),
    "one_mode": (
        'codspeed_benchmark(name = "a", binary = ":b", modes = "simulation")',
        "the attribute modes of a is not a plain list. Got: a value of type string",
    ),
    "selected_modes": (
        'codspeed_benchmark(name = "a", binary = ":b", modes = select({"//:x": []}))',
        "the attribute modes of a is not a plain list. Got: a value of type select",
    ),
    "selected_modes_in_suite": (
        'codspeed_suite(name = "a", benchmarks = [], modes = select({"//:x": []}))',
        "the attribute modes of a is not a plain list. Got: a value of type select",
    ),
    "selected_tags": (
        'codspeed_benchmark(name = "a", binary = ":b", tags = select({"//:x": []}))',
        "the attribute tags of a is not a plain list. Got: a value of type select",
    ),
    "selected_tags_in_suite": (
        'codspeed_suite(name = "a", benchmarks = [], tags = select({"//:x": []}))',
        "the attribute tags of a is not a plain list. Got: a value of type select",
    ),
    "unknown_mode": (
        'codspeed_benchmark(name = "a", binary = ":b", modes = ["simulation", "telepathy"])',
        'unknown mode in the attribute modes of a. Got: "telepathy"',
    ),
}
_LOAD = 'load("@rules_codspeed//rules:defs.bzl", "codspeed_benchmark", "codspeed_suite")\n'


class DeclarationsTest(BazelTest):
    """Loads and analyses; measures nothing."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.workspace = workspace = Path(folder.name) / "consumer"
        copy_consumer(workspace)
        for name, (text, _) in _MISTAKES.items():
            (workspace / name).mkdir()
            (workspace / name / "BUILD.bazel").write_text(f"{_LOAD}{text}\n", "utf-8")
        super().setUpClass()

    def test_mistakes(self) -> None:
        for name, (_, words) in _MISTAKES.items():
            with self.subTest(name):
                text = self.bazel.run("query", f"//{name}:all", succeeds=False).stderr
                self.assertIn(f"Error in fail: rules_codspeed: {words}", text)

    def test_only_exec_needs_the_preloaded_library(self) -> None:
        """It needs a C++ toolchain, and CodSpeed's sources."""
        for name, needed in {"fib": False, "count_file": True}.items():
            for target in [f"//:{name}_simulation", f"//:{name}_smoke_test"]:
                library = f'filter("rules/hooks:preload$", deps({target}))'
                self.assertEqual("preload" in self.bazel.run("cquery", library).stdout, needed)

    def test_exec_properties_of_the_measuring_actions(self) -> None:
        actions = self.bazel.run("aquery", "deps(//:fib_simulation)").stdout.split("\n\n")
        for action in actions:
            if "\n  Mnemonic: CodSpeed" in action:
                self.assertIn("block-network: ''", action)
        pools: dict[str, set[bool]] = {}
        for action in actions:
            _, found, mnemonic = action.partition("\n  Mnemonic: ")
            if found:
                pools.setdefault(mnemonic.split("\n")[0], set()).add("Pool: bench" in action)
        for name in ["CodSpeedSimulate", "CodSpeedResults", "CodSpeedCheck"]:
            self.assertEqual(pools.pop(name), {True})
        self.assertEqual(pools.pop("CppLink"), {False})
        self.assertEqual(set().union(*pools.values()), {False}, pools)

    def test_other_systems_are_skipped(self) -> None:
        macos = ["--platforms=//:macos", "--skip_incompatible_explicit_targets"]
        targets = ["//:fib", "//:fib_simulation", "//:bench", "//:bench_profiles"]
        self.bazel.run("build", *macos, *targets)
        with self.assertRaises(AssertionError):
            self.bazel.output("fib_simulation.results.json")
        text = self.bazel.run("test", *macos, "//:fib_smoke_test", "//:count_file_smoke_test")
        self.assertIn("2 were skipped", text.stdout)
        text = self.bazel.run("build", macos[0], "//:fib", succeeds=False)
        self.assertIn("didn't satisfy constraint", text.stderr)

    def test_setting_of_another_module_that_is_a_list(self) -> None:
        expression = (
            "[v for k, v in build_options(target).items() if k.endswith('//:compiler_flags')]"
        )
        options = ["--output=starlark", f"--starlark:expr={expression}"]
        for mode in [(), WORKSPACE_MODE]:
            found = self.bazel.run("cquery", *mode, "//:fib_simulation", *options).stdout
            self.assertEqual(found, '[["first", "second"]]\n')
            # A setting that has its default is not an option.
            found = self.bazel.run("cquery", *mode, "//:fib_smoke_test", *options).stdout
            self.assertEqual(found, "[]\n")

    def test_codspeeds_valgrind_is_the_default(self) -> None:
        setting = "@rules_codspeed//rules/settings:simulator"
        text = self.bazel.run("query", setting, "--output=build").stdout
        self.assertIn('build_setting_default = "codspeed"', text)
        # ./bazelw may have set the other one, so it is set here.
        with tempfile.NamedTemporaryFile("w") as config:
            print("block github.com", file=config, flush=True)
            text = self.bazel.run(
                "build",
                "--nobuild",
                f"--{setting}=codspeed",
                "--repository_cache=",
                f"--experimental_downloader_config={config.name}",
                "//:fib",
                succeeds=False,
            ).stderr
        self.assertIn("codspeed_valgrind_3.26.0_0codspeed6_linux_", text)
        self.assertNotIn("codspeed_valgrind_3.19.0", text)


class ModesTest(BazelTest):
    """Benchmarks that do not offer what is selected; such ones are among our own tests."""

    workspace = REPOSITORY

    def test_benchmark_that_does_not_offer_the_mode(self) -> None:
        for options in [[], ["--output_groups=profile"], ["--output_groups=log"]]:
            text = self.bazel.run(
                "build", *options, "//tests/rules:telepathic", succeeds=False
            ).stderr
            self.assertIn(
                "\nrules_codspeed: //tests/rules:telepathic offers none of the selected modes", text
            )

    def test_suite_leaves_out_with_a_word(self) -> None:
        modes = "--//rules/settings:modes=simulation"
        text = self.bazel.run("build", "--nobuild", modes, "//tests/rules:mixed_profiles").stderr
        words = "mixed_profiles leaves out //tests/rules:telepathic, which offers none of its modes"
        self.assertEqual(text.count(words), 1, text)
        text = self.bazel.run("build", "--nobuild", modes, "//tests/rules:outer_profiles").stderr
        self.assertNotIn("leaves out", text)


if __name__ == "__main__":
    unittest.main()
