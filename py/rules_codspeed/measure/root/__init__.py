"""Makes pinned roots; its entry is that of the action CodSpeedRoot."""
