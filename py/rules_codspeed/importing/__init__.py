"""Imports results that another program measured: files of other tools become our results."""
