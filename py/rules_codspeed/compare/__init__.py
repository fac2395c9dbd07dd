"""Measures two commits of a repository and compares them."""
