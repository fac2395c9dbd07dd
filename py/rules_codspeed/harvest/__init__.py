"""The harvest: from a raw run folder to the official profile folder."""
