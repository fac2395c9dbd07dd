"""Call graphs and call trees of profiles."""
