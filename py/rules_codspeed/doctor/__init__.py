"""Finds what makes a machine noisy for measuring time, and how to quieten it."""
