"""Runs one benchmark target under Valgrind and makes its profile folder. Standard library only."""
