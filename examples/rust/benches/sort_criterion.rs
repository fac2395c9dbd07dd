//! Sorting, with criterion.

use criterion::{criterion_group, criterion_main, BatchSize, BenchmarkId, Criterion};

fn sorting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sort");
    for size in [10u32, 100] {
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched(
                || (0..size).rev().collect::<Vec<_>>(),
                |mut values| sort::sort(&mut values),
                BatchSize::SmallInput,
            )
        });
    }
    group.finish();
}

criterion_group!(benches, sorting);
criterion_main!(benches);
