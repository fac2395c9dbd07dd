"""What maintains and mirrors the table of pinned archives, tools/archives.json."""
