"""Reads profiles into one results model. All but `schema` need the standard library only."""
