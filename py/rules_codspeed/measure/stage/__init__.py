"""The stage of a measurement: files, environment, processes."""
