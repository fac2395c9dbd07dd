"use strict";
// The data blocks of this file, unpacked when they are needed.

async function unpack(id) { return unpacked(byId(id).textContent); }

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

let overview = null; // what the first page shows
let rows = []; // of all benchmarks, by id
let names = null; // of all frames; unpacked when the first graph is shown
let runs = null; // commit and time of each earlier run; likewise

async function loadOverview() {
  overview = await unpack("overview");
  overview.modes.forEach((mode) => mode.rows.forEach((row) => {
    row.mode = mode;
    row.package = row.label.slice(0, row.label.lastIndexOf(":"));
    row.words = `${row.uri} ${row.label}`.toLowerCase();
    rows[row.id] = row;
  }));
}

const FACTS_OF_A_BLOCK = 200; // as in report.py
const factBlocks = new Map(); // those that were unpacked

// All metrics and changes of a benchmark.
async function factsOf(row) {
  const number = Math.floor(row.id / FACTS_OF_A_BLOCK);
  if (!factBlocks.has(number)) factBlocks.set(number, await unpack(`facts-${number}`));
  return factBlocks.get(number)[row.id % FACTS_OF_A_BLOCK];
}

const labelOf = (metric) => new Map(Object.entries(overview.labels)).get(metric) ?? metric;
const unitOf = (metric) => new Map(Object.entries(overview.units)).get(metric) ?? "";

const VERDICTS = ["regressed", "not_comparable", "not_repeatable", "missing", "new", "renamed", "improved", "unchanged"];
const WORDS = { not_comparable: "not comparable", not_repeatable: "not repeatable", missing: "gone" };
const verdictText = (verdict) => WORDS[verdict] ?? verdict;
const isGone = (row) => row.verdict === "missing";
const isNew = (row) => row.verdict === "new";
const hasChanged = (row) => Boolean(row.verdict) && row.verdict !== "unchanged" && !isGone(row) && !isNew(row);
// How far a number moved: the logarithm of its ratio; none where there is nothing to divide.
function logRatio(row) { return row.moved && row.moved[1] > -1 ? Math.log(1 + row.moved[1]) : null; }
