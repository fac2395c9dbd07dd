"use strict";
// The graph that is shown, as text and for other tools. Nothing leaves the page but a file.

// "a;b;c 12" a line, as flamegraph.pl and most viewers read it.
function foldedStacks() {
  const { tree } = graph;
  const paths = [""];
  const lines = [];
  for (let node = 1; node < tree.count; node += 1) {
    const above = tree.parents[node] ? `${paths[tree.parents[node]]};` : "";
    paths[node] = above + nodeName(node).replaceAll(";", ":");
    if (tree.ownNow[node]) lines.push(`${paths[node]} ${Math.round(tree.ownNow[node])}`);
  }
  return `${lines.join("\n")}\n`;
}

// Calls back when frames begin and end, on a line as long as all costs together.
function walk(begin, end) {
  const { tree } = graph;
  const path = [];
  let at = 0;
  for (let node = 1; node < tree.count; node += 1) {
    while (path.length >= tree.depths[node]) end(path.pop(), at);
    path.push(node);
    begin(node, at);
    at += tree.ownNow[node];
  }
  while (path.length) end(path.pop(), at);
  return at;
}

function speedscopeText() {
  const events = [];
  const add = (type) => (node, at) => events.push({ type, frame: graph.tree.groups[node], at });
  const endValue = walk(add("O"), add("C"));
  const frames = graph.made.map(({ name, file, line }) => ({ name, ...(file ? { file } : {}), ...(line ? { line } : {}) }));
  return JSON.stringify({
    $schema: "https://www.speedscope.app/file-format-schema.json", exporter: "rules_codspeed", name: graph.row.uri, shared: { frames },
    profiles: [{ type: "evented", name: graph.label, unit: "none", startValue: 0, endValue, events }],
  });
}

// The trace event format, which Perfetto and chrome://tracing read; costs stand for microseconds.
function perfettoText() {
  const traceEvents = [];
  const add = (ph) => (node, ts) => traceEvents.push({ ph, ts, pid: 1, tid: 1, name: nodeName(node), cat: "cost" });
  walk(add("B"), add("E"));
  return JSON.stringify({ traceEvents, displayTimeUnit: "ns", otherData: { benchmark: graph.row.uri, unit: graph.label } });
}

function offer(parts, name, type) {
  const address = URL.createObjectURL(new Blob(parts, { type }));
  element("a", "", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function exportGraph(format) {
  const name = graph.row.uri.replace(/[^\w.-]+/g, "_").slice(-80) || "benchmark";
  if (format === "speedscope") offer([speedscopeText()], `${name}.speedscope.json`, "application/json");
  else if (format === "perfetto") offer([perfettoText()], `${name}.trace.json`, "application/json");
  else if (format === "pprof") offer([await pprof()], `${name}.pb.gz`, "application/octet-stream");
  else if (format === "folded") offer([foldedStacks()], `${name}.folded.txt`, "text/plain");
}

async function copyStacks() {
  const text = foldedStacks();
  try {
    await navigator.clipboard.writeText(text);
    show("frame", `Copied ${plural(text.split("\n").length - 1, "stack")}.`);
  } catch {
    offer([text], "stacks.folded.txt", "text/plain"); // a browser gives the clipboard to secure pages only
  }
}
