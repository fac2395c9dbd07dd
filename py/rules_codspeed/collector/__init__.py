"""A small HTTP server that receives runs as CodSpeed does, for tests and for teams without it."""
