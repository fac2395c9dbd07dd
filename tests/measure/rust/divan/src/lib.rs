//! What the benchmarks are of: nothing.
