"""Programs of Node: how they are started, and what is preloaded into them."""
