"""What makes results of what a mode measured: one file a mode, read inside the action."""
