"""The frameworks, one file each: how a program is driven."""
