"use strict";
// Draws a call tree on a canvas: only what is seen, so that 50,000 frames stay smooth.

const ROW = 19, LEAST_WIDTH = 0.4; // pixels
const GREY = [225, 225, 225], MORE = [225, 60, 50], LESS = [60, 120, 230], FOUND = [200, 80, 230], MERGED = [190, 190, 190];

function mixed(from, to, part) { return from.map((one, at) => Math.round(one + (to[at] - one) * part)); }

function ofHue(hue, saturation, lightness) {
  const { r, g, b } = d3.hsl(hue, saturation, lightness).rgb();
  return [r, g, b].map(Math.round);
}

// A frame that one side does not have may be among those that were merged there, as each is small.
function isMerged(node) {
  const { tree } = graph;
  const [now, base] = [tree.now[node], tree.base[node]];
  return node > 0 && (graph.made[tree.groups[node]].kind === OTHER || ((!now || !base) && Math.max(now, base) <= graph.merged * Math.max(tree.now[0], tree.base[0])));
}

// How much more a frame certainly costs than before.
function changeOf(node) { return isMerged(node) ? 0 : graph.tree.now[node] - graph.tree.base[node]; }

// Red, green and blue of a frame.
function colour(node) {
  if (graph.found?.[node]) return FOUND;
  if (graph.view.endsWith("change")) {
    const delta = changeOf(node);
    return mixed(GREY, delta > 0 ? MORE : LESS, graph.largest ? Math.sqrt(Math.abs(delta) / graph.largest) : 0);
  }
  if (!node) return GREY;
  const { kind, hash } = graph.made[graph.tree.groups[node]];
  if (kind === OTHER) return MERGED;
  return kind ? ofHue(175 + hash % 20, 0.45, (62 + hash % 8) / 100) : ofHue(18 + hash % 35, 0.85, (62 + hash % 8) / 100);
}

// The same as one pixel of an image, by node; 0 is not known yet.
function pixelOf(node) {
  if (!graph.colours[node]) {
    const [red, green, blue] = colour(node);
    graph.colours[node] = (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
  }
  return graph.colours[node];
}

function nodeName(node) { return node ? graph.made[graph.tree.groups[node]].name : "all"; }

function frameText(node) {
  const { tree } = graph;
  if (!node) return `all: ${counts.format(tree.now[0])} ${graph.label}${graph.hasBase ? `; before ${counts.format(tree.base[0])}, change ${signed(changeOf(0))}` : ""}`;
  const { name, full, source, binary } = graph.made[tree.groups[node]];
  const cost = `${counts.format(tree.now[node])} ${graph.label} (${percentOf(tree.now[node], tree.now[0])}), itself ${counts.format(tree.ownNow[node])}`;
  const change = isMerged(node) ? "; before not known, as small frames are merged" : `; before ${counts.format(tree.base[node])}, change ${signed(changeOf(node))}`;
  return [name.startsWith(full) ? name : full, source, binary].filter(Boolean).join(" — ") + ` — ${cost}${graph.hasBase ? change : ""}`;
}

// What is seen of the graph: asked once for each drawing, as the answer takes the browser long.
function view() {
  const holder = byId("graph");
  const width = holder.clientWidth;
  const { starts, widths, zoom } = graph;
  return { width, from: starts[zoom], scale: width / (widths[zoom] || 1), above: holder.scrollTop, high: Math.min(holder.clientHeight, graph.rows * ROW) };
}

function pixels(node, { from, scale, above } = view()) {
  return { left: (graph.starts[node] - from) * scale, wide: graph.widths[node] * scale, top: graph.tree.depths[node] * ROW - above };
}

// Fills one line of pixels for each row of frames, and copies it down: a frame is one operation.
function drawGraph() {
  const seen = view();
  graph.width = seen.width;
  const canvas = byId("flame");
  const context = sized(canvas, seen.width, seen.high);
  canvas.style.width = `${seen.width}px`;
  canvas.style.height = `${seen.high}px`;
  if (!canvas.width || !canvas.height) return;
  const image = context.createImageData(canvas.width, canvas.height);
  const texts = fillRows(new Uint32Array(image.data.buffer), canvas, seen);
  context.putImageData(image, 0, 0);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillStyle = "rgb(20 20 20)";
  for (const [text, left, top] of texts) context.fillText(text, left, top);
  drawMark(context, seen);
}

function fillRows(image, { width, height }, seen) {
  const { tree, starts, widths } = graph;
  const ratio = width / seen.width;
  const lineOf = (depth) => Math.round((depth * ROW - seen.above) * ratio);
  const texts = [];
  graph.drawn = 0;
  let deepest = 0;
  for (let node = 0; node < tree.count;) {
    const depth = tree.depths[node];
    const left = (starts[node] - seen.from) * seen.scale;
    const right = left + widths[node] * seen.scale;
    if (right - left < LEAST_WIDTH || left >= seen.width || right <= 0 || lineOf(depth) >= height) node = tree.ends[node];
    else {
      const line = Math.max(0, lineOf(depth));
      if (lineOf(depth + 1) > 0) fillFrame(image, line * width, Math.max(0, left * ratio), Math.min(width, right * ratio), node);
      if (Math.min(seen.width, right) - Math.max(0, left) > 30) texts.push(frameLabel(node, left, right, seen));
      deepest = Math.max(deepest, depth);
      node += 1;
    }
  }
  for (let depth = 0; depth <= deepest; depth += 1) copyDown(image, width, Math.max(0, lineOf(depth)), Math.min(height, lineOf(depth + 1) - 1));
  return texts;
}

function fillFrame(image, line, left, right, node) {
  graph.drawn += 1;
  const from = Math.round(left);
  const to = Math.max(from + 1, Math.round(right) - (right - left > 3 ? 1 : 0));
  image.fill(pixelOf(node), line + from, line + to);
}

function copyDown(image, width, line, end) {
  for (let one = line + 1; one < end; one += 1) image.copyWithin(one * width, line * width, (line + 1) * width);
}

function frameLabel(node, left, right, seen) {
  const [from, to] = [Math.max(0, left), Math.min(seen.width, right)];
  return [fitted(nodeName(node), to - from - 6, 6.6), from + 3, graph.tree.depths[node] * ROW - seen.above + ROW / 2];
}

function drawMark(context, seen) {
  const { left, wide, top } = pixels(graph.current, seen);
  context.strokeStyle = colourOf("--text");
  context.lineWidth = 2;
  context.strokeRect(Math.max(1, left), top + 1, Math.max(2, Math.min(seen.width, left + wide) - Math.max(1, left) - 1), ROW - 3);
}

function belowOf(node) {
  const found = [];
  for (let one = node + 1; one < graph.tree.ends[node]; one = graph.tree.ends[one]) if (graph.widths[one] > 0) found.push(one);
  return found;
}

// The frame at a place of the page.
function frameAt(event) {
  const box = byId("flame").getBoundingClientRect();
  const x = event.clientX - box.left;
  const row = Math.floor((event.clientY - box.top + byId("graph").scrollTop) / ROW);
  const seen = view();
  let node = 0;
  while (graph.tree.depths[node] < row) {
    node = belowOf(node).find((one) => {
      const { left, wide } = pixels(one, seen);
      return left <= x && x < left + wide;
    });
    if (node === undefined) return null;
  }
  return node;
}

function mark(node) {
  graph.current = node;
  show("frame", frameText(node));
  const top = graph.tree.depths[node] * ROW;
  const holder = byId("graph");
  if (top < holder.scrollTop || top + ROW > holder.scrollTop + holder.clientHeight) holder.scrollTop = top - ROW;
  drawGraph();
}

function zoomTo(node) {
  graph.zoom = node;
  const path = [];
  for (let one = node; one >= 0; one = graph.tree.parents[one]) path.unshift(one);
  show("breadcrumbs", ...path.flatMap((one, at) => [at ? " › " : "", pressed(nodeName(one), () => zoomTo(one), { class: "crumb" })]));
  mark(node);
}

// The neighbour of a frame that a key leads to.
function neighbour(node, key) {
  const parent = graph.tree.parents[node];
  if (key === "ArrowUp") return parent;
  if (key === "ArrowDown") return belowOf(node)[0] ?? -1;
  if (parent < 0) return -1;
  const siblings = belowOf(parent);
  return siblings[siblings.indexOf(node) + (key === "ArrowRight" ? 1 : -1)] ?? -1;
}

function press(event) {
  const next = event.key.startsWith("Arrow") ? neighbour(graph.current, event.key) : -1;
  if (next >= 0) mark(next);
  else if (event.key === "Enter" || event.key === " ") zoomTo(graph.current);
  else if (event.key === "Escape" || event.key === "Home") zoomTo(0);
  else if (event.key === "/") byId("search").focus();
  else if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
}

// Marks what a search finds; returns how many frames, and what they cost together, nested ones once.
function search(term) {
  const { tree } = graph;
  const matches = graph.made.map(({ name, full, source, binary }) => `${name}\n${full}\n${source}\n${binary}`.toLowerCase().includes(term));
  graph.found = new Uint8Array(tree.count);
  let [frames, sum] = [0, 0];
  let covered = 0; // the node after the outermost one that was found
  for (let node = 1; node < tree.count; node += 1) {
    if (!matches[tree.groups[node]]) continue;
    graph.found[node] = 1;
    frames += 1;
    if (node < covered) continue;
    sum += graph.widths[node];
    covered = tree.ends[node];
  }
  return { frames, sum };
}
