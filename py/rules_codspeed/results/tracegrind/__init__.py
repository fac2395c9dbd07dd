"""The reader of tracegrind's traces: what ran when, in instructions."""
