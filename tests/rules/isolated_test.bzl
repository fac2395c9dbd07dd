"""What a framework brings along to measure one benchmark a process, unless the target has its own."""

load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "codspeed_benchmark")
load(":spec_test.bzl", "spec_test")

def isolated_test_suite(name):
    """Declares isolated benchmarks, and tests how they are listed and chosen.

    Args:
      name: name of the test suite; the benchmarks have names of their own.
    """
    codspeed_benchmark(
        name = "isolated",
        binary = ":script",
        isolate = True,
    )
    codspeed_benchmark(
        name = "isolated_its_own_way",
        binary = ":script",
        filter_args = ["run={name}"],
        isolate = True,
        list_args = ["list"],
    )
    py_binary(
        name = "python_bench",
        srcs = ["repository_names_test.py"],
        main = "repository_names_test.py",
        tags = ["manual"],
    )
    codspeed_benchmark(
        name = "python",
        binary = ":python_bench",
        modes = ["simulation", "memory"],
        tags = ["manual"],
    )
    codspeed_benchmark(
        name = "python_together",
        binary = ":python_bench",
        isolate = False,
        tags = ["manual"],
    )
    fields = {
        "isolated": """{
            "allow_aslr": false,
            "filter_args": ["--benchmark_filter=^{regex}$"],
            "framework": "auto",
            "isolate": true,
            "list_args": ["--benchmark_list_tests"]
        }""",
        "isolated_its_own_way": """{"filter_args": ["run={name}"], "list_args": ["list"]}""",
        # By forks, which cost little.
        "python": """{"framework": "pytest", "isolate": true}""",
        "python_together": """{"isolate": false}""",
        # The whole process is one benchmark.
        "timed": """{"filter_args": [], "framework": "exec", "isolate": false, "list_args": []}""",
    }
    for benchmark, expected in fields.items():
        spec_test(
            name = benchmark + "_isolation_test",
            fields = expected,
            target_under_test = ":{}_simulation".format(benchmark),
        )
    spec_test(
        name = "python_memory_isolation_test",
        fields = """{"isolate": false}""",
        target_under_test = ":python_memory",
    )
    tests = fields.keys() + ["python_memory"]
    native.test_suite(name = name, tests = [benchmark + "_isolation_test" for benchmark in tests])
