"""Runs a command again and again, and takes its time."""
