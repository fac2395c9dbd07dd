"""Turns what a mode measured into results: one file per mode, run inside the action."""
