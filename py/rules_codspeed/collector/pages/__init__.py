"""What the collector shows to people: projects, runs, and the report of a run or of two."""
