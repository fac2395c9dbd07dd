"""What instruments leave, and how the secrets that they need reach them."""
