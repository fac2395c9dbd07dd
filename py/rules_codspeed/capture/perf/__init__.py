"""Reader of perf's recordings in pipe mode: records and events in order."""
