"""pytest under the driver: its entry, its plugins, and its configuration."""
