"""Runs git for everything that reads a checkout."""
