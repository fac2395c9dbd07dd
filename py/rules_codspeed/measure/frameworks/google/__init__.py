"""Programs of google_benchmark: what they skip."""
