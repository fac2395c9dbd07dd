"""The HTTP server of the collector: connections, their limits, and its log."""
