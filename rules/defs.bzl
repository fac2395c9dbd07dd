"""The file that users load: benchmarks, imports, suites, regression tests and roots. No logic here."""

load("//rules/private:regression_test.bzl", _codspeed_regression_test = "codspeed_regression_test")
load("//rules/private:suite.bzl", _codspeed_suite = "codspeed_suite")
load("//rules/private/measure:benchmark.bzl", _codspeed_benchmark = "codspeed_benchmark")
load("//rules/private/measure:import.bzl", _codspeed_import = "codspeed_import")
load("//rules/private/measure:root.bzl", _codspeed_root = "codspeed_root")

codspeed_benchmark = _codspeed_benchmark
codspeed_import = _codspeed_import
codspeed_regression_test = _codspeed_regression_test
codspeed_root = _codspeed_root
codspeed_suite = _codspeed_suite
