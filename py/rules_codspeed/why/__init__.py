"""Shows why the numbers of a benchmark differ between two runs."""
