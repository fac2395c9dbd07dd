"""The version of the rule set, which provenance files state."""

VERSION = "0.1.0"
