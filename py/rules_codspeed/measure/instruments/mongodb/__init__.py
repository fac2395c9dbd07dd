"""The MongoDB instrument: CodSpeed's tracer between a program and its server."""
