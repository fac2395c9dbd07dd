"use strict";
// The flame graph of a benchmark: what is chosen, and what follows from it.

const VIEWS = { now: "now", base: "before", change: "change, as wide as now", "base-change": "change, as wide as before" };
let graph = null; // what is shown

function options(values) { return values.map(([value, text]) => element("option", text, { value })); }

// One of the trees that a benchmark has: of its Python functions, or of machine code.
function chooseTree() {
  const { details, row } = graph;
  const source = details[byId("frames").value];
  const frames = source.frames_known ??= [...new Set([...source.frames, ...source.functions.map(([index]) => index)])];
  const places = new Map(frames.map((index, at) => [index, at]));
  const known = frames.map(frameOf);
  graph = {
    details, row, source, known, merged: source.merged, parents: parentsOf(source.depths), frames: Int32Array.from(source.frames, (index) => places.get(index)),
    exact: source.functions.map(([index, now, base]) => ({ frame: places.get(index), now, base })),
  };
  const previous = byId("event").selectedOptions[0]?.textContent;
  show("event", ...options(source.events.map((event, at) => [at, labelOf(event)])));
  const wanted = source.events.findIndex((event) => labelOf(event) === previous || event === row.metric);
  byId("event").value = Math.max(0, wanted);
  const moved = graph.exact.some(({ now, base }) => now.some((cost, event) => source.base?.[event] && cost !== base[event]));
  show("view", ...options(Object.entries(VIEWS).filter(([view]) => view === "now" || source.base)));
  byId("view").value = source.base && moved ? "change" : "now";
  byId("order").value = source.base && moved ? "change" : "self";
  show("merged", treeNote(source));
  byId("explain").hidden = Boolean(details.python) || !row.framework.startsWith("pytest") || source.events[0] === "samples";
  show("explain-command", `bazel run --output_groups=+explained ${overview.suite} -- --report report.html`);
  chooseEvent();
}

function treeNote(source) {
  const merged = source.merged ? ` Frames of up to ${percentOf(source.merged, 1)} are merged into “(other)” where there were too many.` : "";
  const count = `${counts.format(source.frames.length)} frames`;
  if (source.events[0] === "samples") return `${count} of sampled stacks.${merged}`;
  const python = byId("frames").value === "python" ? " A second run explains: Python functions hold what the interpreter does for them, so the sum differs slightly from the measured one." : "";
  return `${count}.${merged}${python} Callgrind reports what each caller's calls cost, not whole stacks: where a function has several callers, what it called is divided among them in proportion. Recursion is folded.`;
}

function chooseEvent() {
  const { source } = graph;
  graph.event = Number(byId("event").value);
  graph.label = byId("event").selectedOptions[0].textContent.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
  graph.hasBase = Boolean(source.base?.[graph.event]); // the base may not have counted this
  byId("view").parentElement.hidden = !graph.hasBase;
  byId("order").querySelector("[value=change]").hidden = !graph.hasBase;
  if (!graph.hasBase && byId("order").value === "change") byId("order").value = "self";
  regroup();
}

function regroup() {
  const { source, event, known } = graph;
  graph.by = byId("merge").value;
  graph.view = graph.hasBase ? byId("view").value : "now";
  const columns = { parents: graph.parents, frames: graph.frames, now: source.now[event], base: graph.hasBase ? source.base[event] : null };
  const { groups, made } = groupsOf(known, graph.by);
  graph.made = made;
  graph.callees = ordered(calleesDown(columns, groups, graph.by !== "function"));
  graph.tree = byId("direction").value === "callers" ? ordered(callersBelow(columns, groups, graph.by !== "function")) : graph.callees;
  graph.widths = graph.view.startsWith("base") ? graph.tree.base : graph.tree.now;
  graph.starts = startsOf(graph.tree, graph.widths);
  const deltas = graph.hasBase ? d3.map(graph.tree.now, (_, node) => Math.abs(changeOf(node))) : [];
  graph.largest = d3.max(deltas) ?? 0;
  byId("legend").hidden = !graph.view.endsWith("change") || !graph.largest;
  show("legend-less", `less (${signed(-graph.largest)})`);
  show("legend-more", `more (${signed(graph.largest)})`);
  graph.found = null;
  graph.zoom = graph.current = 0;
  graph.rows = d3.max(graph.tree.depths) + 1;
  byId("rows").style.height = `${graph.rows * ROW}px`;
  byId("graph").scrollTop = 0;
  graph.colours = new Uint32Array(graph.tree.count);
  zoomTo(0);
  searchAgain();
  functionTable();
}

function searchAgain() {
  const term = byId("search").value.toLowerCase();
  const { frames, sum } = term ? search(term) : {};
  if (!term) graph.found = null;
  graph.colours = new Uint32Array(graph.tree.count);
  show("found", term ? `${counts.format(frames)} frames, ${percentOf(sum, graph.widths[0])}` : "");
  drawGraph();
}

function showGraph(details, row) {
  graph = { details, row };
  const known = [["python", "Python functions"], ["tree", "machine code"]].filter(([name]) => details[name]);
  show("frames", ...options(known));
  byId("frames").parentElement.hidden = known.length < 2;
  byId("search").value = "";
  byId("merge").value = "function";
  byId("direction").value = "callees";
  chooseTree();
}

function startGraph() {
  const on = (id, event, action) => byId(id).addEventListener(event, action);
  on("frames", "change", chooseTree);
  on("event", "change", chooseEvent);
  for (const id of ["view", "merge", "direction"]) on(id, "change", regroup);
  on("order", "change", functionTable);
  on("search", "input", searchAgain);
  on("reset", "click", () => zoomTo(0));
  on("copy", "click", copyStacks);
  on("export", "change", async () => {
    await exportGraph(byId("export").value);
    byId("export").value = "";
  });
  on("graph", "keydown", press);
  on("graph", "scroll", drawGraph);
  on("flame", "mousemove", (event) => show("frame", frameText(frameAt(event) ?? graph.current)));
  on("flame", "mouseleave", () => show("frame", frameText(graph.current)));
  on("flame", "click", (event) => {
    const node = frameAt(event);
    if (node !== null) zoomTo(node);
  });
}
startGraph();
