"""Reader of recordings that perf writes to a pipe (`perf record -o -`)."""
