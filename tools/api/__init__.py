"""Writes docs/api: the reference of all that users load, from the documentation in Starlark."""
