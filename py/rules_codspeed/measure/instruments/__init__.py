"""Instruments: what is observed of databases while benchmarks run."""
