"""The names of the modes.

A mode of this name has a driver in `measure`, its facts in `results/modes`, a rule in
`rules/private/measure` and, unless its driver counts by itself, a reader in `results/readers`.
"""

from __future__ import annotations

MODES = ("simulation", "walltime", "memory")
"""In the order in which they are shown and uploaded."""
