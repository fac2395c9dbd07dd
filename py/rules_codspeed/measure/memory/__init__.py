"""Measures what programs allocate."""
