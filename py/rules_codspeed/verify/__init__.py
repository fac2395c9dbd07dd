"""Measures one target of a suite again, under other conditions, and expects the same bytes."""
