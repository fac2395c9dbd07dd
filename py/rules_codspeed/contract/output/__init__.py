"""Outputs of commands: whole or not there."""
