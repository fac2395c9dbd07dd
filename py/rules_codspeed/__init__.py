"""Drivers and readers of rules_codspeed: measure, read results, report."""
