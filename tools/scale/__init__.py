"""Simulates what benchmarks cost in a large repository."""
