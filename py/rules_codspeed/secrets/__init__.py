"""Offers secrets of the environment to measurements."""
