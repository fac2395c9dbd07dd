"""What object files state: programs, libraries and loaders."""
