"""What a framework brings along to measure one benchmark a process, unless the target has its own."""

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
    fields = {
        "isolated": """{
            "allow_aslr": false,
            "filter_args": ["--benchmark_filter=^{regex}$"],
            "framework": "auto",
            "isolate": true,
            "list_args": ["--benchmark_list_tests"]
        }""",
        "isolated_its_own_way": """{"filter_args": ["run={name}"], "list_args": ["list"]}""",
        # The whole process is one benchmark.
        "timed": """{"filter_args": [], "framework": "exec", "isolate": false, "list_args": []}""",
    }
    for benchmark, expected in fields.items():
        spec_test(
            name = benchmark + "_isolation_test",
            fields = expected,
            target_under_test = ":{}_simulation".format(benchmark),
        )
    native.test_suite(name = name, tests = [benchmark + "_isolation_test" for benchmark in fields])
