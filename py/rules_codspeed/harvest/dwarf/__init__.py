"""Reads DWARF 2 to 5 for one question: where is the outermost function at an address from?

What it decides is what the Rust crate `addr2line` decides, which the official runner uses
(spec: symbol-harvest 6.1). Format: "DWARF Debugging Information Format", versions 2 to 5.
"""
