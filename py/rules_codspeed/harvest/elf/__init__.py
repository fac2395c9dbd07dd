"""Reads ELF files that may be damaged or hostile: sections, symbols, unwind data."""
