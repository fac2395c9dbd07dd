"""What is uploaded: the archive of the profiles and its metadata."""
