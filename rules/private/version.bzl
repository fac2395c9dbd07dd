"""The version of the rule set, as provenance files state it."""

VERSION = "0.1.0"
