"""Measures on the clock: FIFO server and client, perf, statistics, results of integrations."""
