//! Benchmarks as people write them. The variable HOW has one of them not end well.

use divan::{black_box, Bencher};
use std::time::Instant;

fn main() {
    divan::main();
}

fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        fibonacci(n - 1) + fibonacci(n - 2)
    }
}

#[divan::bench]
fn plain() -> u64 {
    fibonacci(black_box(15))
}

#[divan::bench(args = [10, 15])]
fn with_args(n: u64) -> u64 {
    fibonacci(n)
}

#[divan::bench(name = "odd \"é\" (x)|[y]", args = ["a b", "c::d"])]
fn odd(text: &str) -> usize {
    black_box(text).len()
}

#[divan::bench(types = [u32, u64])]
fn typed<T: Default>() -> T {
    T::default()
}

#[divan::bench(threads = [1, 2])]
fn threads() -> u64 {
    fibonacci(black_box(15))
}

#[divan::bench_group(skip_ext_time)]
mod group {
    use super::*;

    #[divan::bench(sample_count = 7)]
    fn prepared(bencher: Bencher) {
        bencher
            .with_inputs(|| (0..1000).map(fibonacci_small).collect::<Vec<u64>>())
            .bench_refs(|values| values.iter().fold(0, |sum, value| black_box(sum + value)));
    }

    fn fibonacci_small(n: u64) -> u64 {
        fibonacci(n % 10)
    }

    #[divan::bench]
    #[ignore]
    fn ignored() {}
}

#[divan::bench]
fn reads_the_clock() -> Instant {
    Instant::now()
}

#[divan::bench]
fn special(bencher: Bencher) {
    match std::env::var("HOW").unwrap_or_default().as_str() {
        "panics" => bencher.bench(|| panic!("wrong result")),
        "exits" => bencher.bench(|| std::process::exit(0)),
        "does nothing" => {}
        _ => bencher.bench(|| fibonacci(black_box(10))),
    }
}
