"""Shows and exports the results of a suite."""
