"""What the measuring machine is like."""
