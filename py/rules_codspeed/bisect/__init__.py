"""Finds the commit that made a benchmark slower."""
