"""Git, as everything that reads a checkout runs it."""
