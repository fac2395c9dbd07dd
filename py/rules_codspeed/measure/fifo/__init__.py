"""The FIFO protocol between benchmarks and CodSpeed's runner."""
