"""Test programs of Go: what they print, and where the time of their benchmarks is."""
