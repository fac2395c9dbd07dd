"""Readers of what memtrack, or our own instrument, leaves."""
