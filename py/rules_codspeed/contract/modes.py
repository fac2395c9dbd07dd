"""The names of the modes.

A mode of this name has a driver in `measure`, a reader in `results/readers`, its facts in
`results/modes` and a rule in `rules/private/measure`; everybody else asks those.
"""

from __future__ import annotations

MODES = ("simulation", "walltime")
"""In the order in which they are shown and uploaded."""
