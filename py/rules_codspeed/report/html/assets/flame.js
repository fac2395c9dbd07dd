"use strict";
// The flame graph of a benchmark: d3-flame-graph draws it, this gives it data, colours and keys.

const VIEWS = { now: "now", base: "before", change: "change, as wide as now", "base-change": "change, as wide as before" };
const GREY = [225, 225, 225], MORE = [225, 60, 50], LESS = [60, 120, 230];
const MOST_FUNCTIONS = 30;
let graph = null; // what is shown: chart, root, current, and the tree with its sums

// Adds up what each node cost with all below it: callers come first, so from the end.
function inclusive(depths, own) {
  const sums = Float64Array.from(own);
  const open = []; // by depth: what the nodes below cost so far
  for (let node = depths.length - 1; node >= 0; node -= 1) {
    const depth = depths[node];
    sums[node] += open[depth + 1] ?? 0;
    open[depth + 1] = 0;
    open[depth] = (open[depth] ?? 0) + sums[node];
  }
  return sums;
}

function frameOf(index) {
  const [name, file, object, line, kind] = names.frames[index];
  const [title, source, binary] = [name, file, object].map((one) => names.strings[one]);
  let hash = 0; // gives a function its colour, in every graph the same
  for (const character of title) hash = (31 * hash + character.codePointAt(0)) % 65521;
  const short = title || (kind === 1 ? `inlined from ${source.split("/").at(-1)}` : `??? in ${binary.split("/").at(-1)}`);
  return { name: short + (title ? KINDS[kind] : ""), source: source && line ? `${source}:${line}` : source, binary, kind, hash };
}

// Nested objects, as d3-flame-graph takes them.
function nested(tree, widths) {
  const root = { name: "all", node: -1, value: 0, children: [] };
  const path = [root];
  tree.depths.forEach((depth, node) => {
    const one = { name: graph.frames[node].name, node, value: widths[node], children: [] };
    path[depth].children.push(one);
    path[depth + 1] = one;
    if (!depth) root.value += one.value;
  });
  return root;
}

function mixed(from, to, part) { return `rgb(${from.map((one, at) => Math.round(one + (to[at] - one) * part)).join(" ")})`; }

// A frame that one side does not have may be among those that were merged there, as each is small.
function isMerged(node) {
  const [now, base] = [graph.now[node], graph.base[node]];
  return graph.frames[node].kind === OTHER || ((!now || !base) && Math.max(now, base) <= graph.tree.merged * Math.max(...graph.totals));
}

// How much more a frame certainly costs than before.
function changeOf(node) { return isMerged(node) ? 0 : graph.now[node] - graph.base[node]; }

function colour(datum) {
  if (datum.highlight) return "rgb(200 80 230)";
  const { node } = datum.data;
  if (graph.view.endsWith("change")) {
    const delta = node < 0 ? graph.totals[0] - graph.totals[1] : changeOf(node);
    return mixed(GREY, delta > 0 ? MORE : LESS, graph.largest ? Math.sqrt(Math.abs(delta) / graph.largest) : 0);
  }
  if (node < 0) return mixed(GREY, GREY, 0);
  const { kind } = graph.frames[node];
  if (kind === OTHER) return "rgb(190 190 190)";
  const { hash } = graph.frames[node];
  return kind ? `hsl(${175 + hash % 20} 45% ${62 + hash % 8}%)` : `hsl(${18 + hash % 35} 85% ${62 + hash % 8}%)`;
}

function signed(value) { return `${value > 0 ? "+" : ""}${counts.format(value)}`; }

function percentOf(part, whole) { return whole ? `${(100 * part / whole).toFixed(2)} %` : "-"; }

function frameText(node) {
  if (node < 0) return `all: ${counts.format(graph.totals[0])} ${graph.label}`;
  const { name, source, binary } = graph.frames[node];
  const cost = `${counts.format(graph.now[node])} ${graph.label} (${percentOf(graph.now[node], graph.totals[0])}), itself ${counts.format(graph.tree.now[graph.event][node])}`;
  const known = () => (isMerged(node) ? "; before not known, as small frames are merged" : `; before ${counts.format(graph.base[node])}, change ${signed(changeOf(node))}`);
  return [name, source, binary].filter(Boolean).join(" — ") + ` — ${cost}${graph.base ? known() : ""}`;
}

// Marks the frame that keys go from; the library redraws frames, so after each drawing.
function mark(datum) {
  // It also sets widths and labels by timers, even those that need no time: paper does not wait.
  d3.timerFlush();
  d3.timerFlush();
  graph.current = datum;
  d3.selectAll("#graph g").classed("current", (one) => one === datum);
  show("frame", frameText(datum.data.node));
}

function draw() {
  byId("graph").replaceChildren();
  const widths = graph.view.startsWith("base") ? graph.base : graph.now;
  graph.chart = flamegraph.default().width(byId("graph").clientWidth || 960).cellHeight(19).inverted(true).transitionDuration(0)
    .minFrameSize(1).setColorMapper(colour).setLabelHandler((datum) => frameText(datum.data.node))
    .setDetailsHandler((text) => show("frame", text || frameText(graph.current.data.node)))
    .setSearchMatch(matches).setSearchHandler(showFound).onClick(mark);
  const holder = d3.select("#graph").datum(nested(graph.tree, widths)).call(graph.chart);
  graph.root = holder.datum();
  const svg = holder.select("svg");
  // Lets the drawing fit another paper width.
  svg.attr("viewBox", `0 0 ${svg.attr("width")} ${svg.attr("height")}`).attr("aria-hidden", "true");
  mark(graph.root);
  if (byId("search").value) graph.chart.search(byId("search").value);
}

function matches(datum, term) {
  const frame = graph.frames[datum.data.node];
  return Boolean(frame && term) && `${frame.name}\n${frame.source}\n${frame.binary}`.toLowerCase().includes(term.toLowerCase());
}

function showFound(found, sum, total) { show("found", `${found.length} frames, ${percentOf(sum, total)}`); }

// The functions are exact, whatever the tree merges.
function functionTable() {
  const { event } = graph;
  const key = graph.changes ? (one) => Math.abs(one.now[event] - one.base[event]) : (one) => one.now[event];
  const body = graph.functions.filter(key).sort((a, b) => d3.descending(key(a), key(b))).slice(0, MOST_FUNCTIONS).map((one) => {
    const [now, base] = [one.now[event], one.base[event]];
    const made = element("tr");
    const name = cell();
    name.append(element("bdi", one.name), element("small", one.source || one.binary));
    made.append(name, cell(counts.format(now)), cell(percentOf(now, graph.totals[0])));
    if (graph.changes) made.append(cell(counts.format(base)), cell(signed(now - base), now > base ? "more" : "less"));
    return made;
  });
  const heads = ["Function", `${graph.label}, itself`, "Share", ...(graph.changes ? ["Before", "Change"] : [])];
  show("functions", table(graph.changes ? "Functions that account for the change" : "Functions that cost most", heads, body));
}

function chooseEvent() {
  const { tree } = graph;
  graph.event = Number(byId("event").value);
  graph.label = byId("event").selectedOptions[0].textContent.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
  const [now, base] = [tree.now[graph.event], tree.base?.[graph.event] ?? null]; // the base may not have counted this
  graph.view = base ? byId("view").value : "now";
  byId("view").parentElement.hidden = !base;
  graph.now = inclusive(tree.depths, now);
  graph.base = base && inclusive(tree.depths, base);
  graph.totals = [now, base].map((one) => (one ? d3.sum(one) : 0));
  graph.changes = Boolean(base) && graph.functions.some((one) => one.now[graph.event] !== one.base[graph.event]);
  const deltas = graph.base ? d3.map(graph.now, (_, node) => Math.abs(changeOf(node))) : [];
  graph.largest = graph.base ? Math.max(d3.max(deltas) ?? 0, Math.abs(graph.totals[0] - graph.totals[1])) : 0;
  byId("legend").hidden = !graph.view.endsWith("change") || !graph.largest;
  show("legend-less", `less (${signed(-graph.largest)})`);
  show("legend-more", `more (${signed(graph.largest)})`);
  show("found");
  draw();
  functionTable();
}

function showGraph(tree, metric) {
  const frames = tree.frames.map(frameOf);
  const functions = tree.functions.map(([index, now, base]) => ({ ...frameOf(index), now, base }));
  graph = { tree, frames, functions };
  const options = (values) => values.map(([value, text]) => element("option", text, { value }));
  show("event", ...options(tree.events.map((event, at) => [at, labelOf(event)])));
  byId("event").value = Math.max(0, tree.events.indexOf(metric));
  show("view", ...options(Object.entries(VIEWS).filter(([view]) => view === "now" || tree.base)));
  byId("view").value = tree.base && functions.some(({ now, base }) => now.some((cost, event) => tree.base[event] && cost !== base[event])) ? "change" : "now";
  byId("search").value = "";
  const merged = tree.merged ? `Frames of up to ${percentOf(tree.merged, 1)} are merged into “(other)” where there were too many. ` : "";
  show("merged", `${counts.format(frames.length)} frames. ${merged}Callgrind reports what each caller's calls cost, not whole stacks: where a function has several callers, what it called is divided among them in proportion. Recursion is folded.`);
  if (tree.events[0] === "samples") show("merged", `${counts.format(frames.length)} frames of sampled stacks. ${merged}`);
  chooseEvent();
}

// The neighbour of a frame that a key leads to; the library's children are the most expensive first.
function neighbour(datum, key) {
  const visible = (one) => one.value > 0;
  if (key === "ArrowUp") return datum.parent;
  if (key === "ArrowDown") return datum.children?.find(visible);
  const siblings = datum.parent?.children.filter(visible) ?? [];
  return siblings[siblings.indexOf(datum) + (key === "ArrowRight" ? 1 : -1)];
}

function press(event) {
  const next = event.key.startsWith("Arrow") ? neighbour(graph.current, event.key) : null;
  if (next) mark(next);
  else if (event.key === "Enter" || event.key === " ") graph.chart.zoomTo(graph.current);
  else if (event.key === "Escape" || event.key === "Home") graph.chart.resetZoom();
  else if (event.key === "/") byId("search").focus();
  else if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
}

byId("graph").addEventListener("keydown", press);
byId("event").addEventListener("change", chooseEvent);
byId("view").addEventListener("change", chooseEvent);
byId("reset").addEventListener("click", () => graph.chart.resetZoom());
byId("search").addEventListener("input", () => {
  if (byId("search").value) graph.chart.search(byId("search").value);
  else { graph.chart.clear(); show("found"); }
});
let width = 0;
new ResizeObserver(() => {
  // The first call gives the width that was drawn with.
  if (graph && width && byId("graph").clientWidth !== width) draw();
  width = byId("graph").clientWidth;
}).observe(byId("graph"));
route();
