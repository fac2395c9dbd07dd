// Sorting, with tinybench.

import { Bench } from "tinybench";

const bench = new Bench({ name: "sort" });
for (const size of [10, 100]) {
  const values = Array.from({ length: size }, (_, index) => size - index);
  bench.add(String(size), () => [...values].sort((a, b) => a - b));
}
await bench.run();
console.table(bench.table());
