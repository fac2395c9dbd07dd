"""Samples of a profile, resolved and folded into stacks."""
