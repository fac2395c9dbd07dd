"""Reader of ELF files: sections, segments, notes, separate debug files."""
