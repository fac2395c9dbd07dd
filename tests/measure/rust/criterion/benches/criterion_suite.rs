//! Benchmarks as people write them. The variable HOW adds one that does not end well, or that has a long
//! name.

use criterion::{black_box, criterion_group, criterion_main, BatchSize, BenchmarkId, Criterion};
use std::time::Instant;

fn falling(size: u32) -> Vec<u32> {
    (0..size).rev().collect()
}

fn sum(values: &[u32]) -> u32 {
    values.iter().fold(0, |sum, value| black_box(sum + value))
}

fn measured(criterion: &mut Criterion) {
    criterion.bench_function("sort one", |bencher| {
        bencher.iter(|| {
            let mut values = falling(100);
            values.sort_by_key(|value| value % 10);
            values
        })
    });
    let mut group = criterion.benchmark_group("sizes \"odd\" é");
    for size in [10u32, 1000] {
        let values = falling(size);
        group.bench_with_input(BenchmarkId::new("sum/of", size), &values, |bencher, values| {
            bencher.iter(|| sum(values))
        });
    }
    group.finish();
    criterion.bench_function("prepared::sum", |bencher| {
        bencher.iter_batched(|| falling(1000), |values| sum(&values), BatchSize::SmallInput)
    });
    criterion.bench_function("custom", |bencher| {
        let values = falling(1000);
        bencher.iter_custom(|iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                black_box(sum(&values));
            }
            start.elapsed()
        })
    });
    criterion.bench_function("reads the clock", |bencher| bencher.iter(Instant::now));
    let how = std::env::var("HOW").unwrap_or_default();
    if !how.is_empty() {
        criterion.bench_function(&how.clone(), |bencher| match how.as_str() {
            "panics" => bencher.iter(|| panic!("wrong result")),
            "exits" => bencher.iter(|| std::process::exit(0)),
            name if name.starts_with("long") => bencher.iter(|| sum(black_box(&[1, 2, 3]))),
            _ => {}
        });
    }
    criterion.bench_function("last", |bencher| bencher.iter(|| sum(black_box(&[1, 2, 3]))));
}

criterion_group!(benches, measured);
criterion_main!(benches);
