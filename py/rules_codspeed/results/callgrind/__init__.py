"""The reader of callgrind's profiles."""
