"""Files of this machine, written whole."""
