"""Judges what was measured by a baseline of the source tree, in an ordinary test."""
