"""Compiles the modules of a Python program before it is measured."""
