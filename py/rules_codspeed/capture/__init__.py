"""Copies the files that a recording names, while they exist."""
