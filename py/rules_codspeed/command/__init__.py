"""The command of a suite: shows, exports and publishes what was measured."""
