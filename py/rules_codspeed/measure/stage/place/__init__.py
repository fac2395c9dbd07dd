"""The place of a stage: one measurement at a time is at a path."""
