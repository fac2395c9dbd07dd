"""Names of the modes: the values of the setting `mode` besides `off`.

Data only, and apart from the rules: toolchain resolution loads the settings in every
build, which must not load the measuring rules and what they stand on.
"""

MODES = ["simulation", "walltime", "memory"]
