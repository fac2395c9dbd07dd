"""Results and profiles in the formats of other tools."""
