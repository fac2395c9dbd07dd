"""Modules in JavaScript that Node preloads (`--import`) into programs. Data: Node runs them.

They are texts here, since an action has the sources of its driver in Python only.
"""

FACTS = """
import { writeFileSync } from "node:fs";
const { argv, env, execArgv, execPath, version } = process;
writeFileSync(env.CODSPEED_NODE_FACTS, JSON.stringify({ argv, env, execArgv, execPath, version }));
process.exit(0);
"""
"""States how a launcher starts Node, in the file that CODSPEED_NODE_FACTS names; runs no more."""

TINYBENCH = r"""
// Runs each benchmark of tinybench once, between marks, or lists them. The query of its own
// address states:
//   root    folder that files in URIs are relative to
//   report  file for a JSON list of URI, outcome and reason of each benchmark, in order
//   hooks   addon that marks a call; without it nothing is marked
//   only    URI of the one benchmark to run
//   list    that none is called
// Source: src/bench.ts and src/task.ts of tinylibs/tinybench, versions 2 to 6.

import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const given = new URL(import.meta.url).searchParams;
const [self] = import.meta.url.split("?");
const only = given.get("only");
const report = [];
// As CodSpeed's integration warms benchmarks up.
const warmUp = 7;

const addon = { exports: {} };
if (given.has("hooks")) process.dlopen(addon, given.get("hooks"));
const { start = () => {}, stop = () => {}, executed = () => {} } = addon.exports;
// A first call costs more than others.
stop();

// The benchmark whose promise is waited for.
let pending;

process.once("exit", () => {
  if (pending && !pending.row[1]) pending.row[1] = "pending";
  writeFileSync(given.get("report"), JSON.stringify(report));
});

function __codspeed_root_frame__(fn, self, given) {
  return fn.apply(self, given);
}

// The file that declares a benchmark: what calls tinybench, past packages and this module.
function caller() {
  for (const line of new Error().stack.split("\n").slice(1)) {
    const place = /\(?((?:file:\/\/)?\/[^)]*):\d+:\d+\)?$/.exec(line)?.[1];
    if (!place || place.includes("/node_modules/") || place.startsWith(self)) continue;
    return relative(given.get("root"), place.startsWith("file:") ? fileURLToPath(place) : place);
  }
  return "unknown_file";
}

// Makes a function of which one call is marked: the next one, once `armed`.
function marked(benchmark, fn) {
  const settled = (marks, value) => {
    stop();
    pending = undefined;
    if (marks) {
      executed(benchmark.uri);
      benchmark.row[1] = "measured";
    }
    return value;
  };
  const thrown = (error) => {
    stop();
    pending = undefined;
    throw error;
  };
  // Each call takes the same way, so that all of it is compiled when one is marked.
  return function (...given) {
    const marks = benchmark.armed;
    benchmark.armed = false;
    if (marks) {
      globalThis.gc?.();
      start();
    }
    let result;
    try {
      result = __codspeed_root_frame__(fn, this, given);
    } catch (error) {
      thrown(error);
    }
    if (typeof result?.then === "function") {
      pending = benchmark;
      return result.then((value) => settled(marks, value), thrown);
    }
    return settled(marks, result);
  };
}

function patch({ prototype }) {
  const { add, run, runSync, warmup } = prototype;
  prototype.add = function (name, fn, options) {
    const group = this.name === undefined ? [] : [this.name];
    const uri = [caller(), ...group, name].join("::");
    const benchmark = { uri, armed: false, row: [uri, "", ""] };
    report.push(benchmark.row);
    if (given.has("list") || (only !== null && uri !== only)) {
      // So that it has a result, which the program may print.
      return add.call(this, name, () => {});
    }
    add.call(this, name, marked(benchmark, fn), options);
    const task = this.getTask(name);
    task.addEventListener("start", () => (benchmark.armed = true));
    task.addEventListener("error", (event) => {
      const error = event.error ?? task.result?.error;
      benchmark.row.splice(1, 2, "failed", String(error?.message ?? error));
    });
    return this;
  };
  const settle = (bench) => {
    const options = { iterations: 1, time: 0, warmupIterations: warmUp, warmupTime: 0 };
    // Early versions have a function of this name, and warm up only when it is called.
    if (!warmup) options.warmup = true;
    Object.assign(bench.opts ?? bench, options);
  };
  prototype.run = async function () {
    settle(this);
    if (warmup) await warmup.call(this);
    return run.call(this);
  };
  if (runSync) {
    prototype.runSync = function () {
      settle(this);
      return runSync.call(this);
    };
  }
}

let found;
try {
  found = import.meta.resolve("tinybench", pathToFileURL(process.argv[1]).href);
} catch {
  // The program has no such package, and lists nothing.
}
if (found) patch((await import(found)).Bench);
"""
