"""Publishes measurements to CodSpeed, as its official runner does."""
