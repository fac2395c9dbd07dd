"""Starts perf and controls it."""
