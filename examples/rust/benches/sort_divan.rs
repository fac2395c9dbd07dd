//! Sorting, with divan.

use divan::Bencher;

fn main() {
    divan::main();
}

#[divan::bench(args = [10, 100])]
fn sort(bencher: Bencher, size: u32) {
    bencher
        .with_inputs(|| (0..size).rev().collect::<Vec<_>>())
        .bench_refs(|values| sort::sort(values));
}
