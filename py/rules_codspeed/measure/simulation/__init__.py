"""Measures under Valgrind."""
