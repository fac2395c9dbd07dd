// Benchmarks as people write them. In a smoke test (HOW) none ends the program.

import { Bench } from "tinybench";
import { withCodSpeed } from "@codspeed/tinybench-plugin";

const how = process.env.HOW ?? "";
const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
const values = Array.from({ length: 1000 }, (_, index) => (index * 7919) % 1000);

const bench = new Bench();
bench
  .add("fibonacci 10", () => fibonacci(10))
  .add('odd "é" (x)|[y]&?', () => fibonacci(10))
  .add("sort", () => [...values].sort((a, b) => a - b))
  .add("waits", async () => {
    await Promise.resolve();
    return fibonacci(10);
  })
  .add("throws", () => {
    throw new Error("wrong <b>result</b>");
  })
  .add("exits", () => {
    if (how !== "smoke") process.exit(0);
  });
await bench.run();

const group = withCodSpeed(new Bench({ name: "group" }));
let prepared = [];
group.add("prepared", () => prepared.reduce((sum, value) => sum + value, 0), {
  beforeEach() {
    prepared = values.map((value) => fibonacci(value % 10));
  },
});
if (how === "smoke") group.runSync();
else await group.run();
