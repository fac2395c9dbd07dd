"""A client of PostgreSQL, and the instrument that stands on it."""
