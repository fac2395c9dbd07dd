"""Runs a command repeatedly and times it."""
