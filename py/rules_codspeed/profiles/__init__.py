"""Reads any profile of CodSpeed's tools, and prints it as one JSON document."""
