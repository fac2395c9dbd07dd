"""Rounds, their statistics and the results that hold them."""
