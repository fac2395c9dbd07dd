"""A remote-execution service on this machine: BuildGrid and workers of buildbox."""
