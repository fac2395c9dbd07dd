"""The results of earlier runs, in an embedded database of this machine."""
