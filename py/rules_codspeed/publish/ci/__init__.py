"""The providers of continuous integration, one file each, and local checkouts."""
