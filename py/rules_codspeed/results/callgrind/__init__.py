"""Reader of callgrind's profiles."""
