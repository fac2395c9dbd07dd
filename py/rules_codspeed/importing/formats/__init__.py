"""The formats that are imported, one file each; `read` of each module reads its files."""
