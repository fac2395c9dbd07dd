"""What differs between the modes for whoever shows, compares or publishes: one file a mode."""
