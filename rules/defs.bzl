"""The file that users load: benchmarks, suites and regression tests. No logic here."""

load("//rules/private:regression_test.bzl", _codspeed_regression_test = "codspeed_regression_test")
load("//rules/private:suite.bzl", _codspeed_suite = "codspeed_suite")
load("//rules/private/measure:benchmark.bzl", _codspeed_benchmark = "codspeed_benchmark")

codspeed_benchmark = _codspeed_benchmark
codspeed_regression_test = _codspeed_regression_test
codspeed_suite = _codspeed_suite
