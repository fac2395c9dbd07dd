"""The file that users load: benchmarks and suites. No logic here."""

load("//rules/private:benchmark.bzl", _codspeed_benchmark = "codspeed_benchmark")
load("//rules/private:suite.bzl", _codspeed_suite = "codspeed_suite")

codspeed_benchmark = _codspeed_benchmark
codspeed_suite = _codspeed_suite
