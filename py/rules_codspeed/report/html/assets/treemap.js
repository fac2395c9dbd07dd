"use strict";
// Where the cost is, as long as there is nothing to compare with: areas as large as numbers.

const MOST_AREAS = 1500, TREEMAP_HEIGHT = 360;

function drawTreemap(wanted) {
  const measured = wanted.filter((row) => row.values[0] > 0);
  const mode = filter.mode ? overview.modes.find((one) => one.name === filter.mode) : measured[0]?.mode;
  const shown = overview.compared ? [] : measured.filter((row) => row.mode === mode);
  byId("treemap-section").hidden = shown.length < 2;
  if (shown.length < 2) return;
  const [title, unit] = mode.columns[0];
  const width = byId("treemap-section").clientWidth;
  const largest = d3.sort(shown, (row) => -row.values[0]).slice(0, MOST_AREAS);
  const root = d3.hierarchy([null, d3.group(largest, (row) => row.package)], (one) => (Array.isArray(one) ? one[1] : null))
    .sum((one) => (Array.isArray(one) ? 0 : one.values[0])).sort((a, b) => b.value - a.value);
  d3.treemap().size([width, TREEMAP_HEIGHT]).paddingTop((node) => (node.depth === 1 ? 17 : 0)).paddingInner(1).round(true)(root);
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${TREEMAP_HEIGHT}`).attr("width", width).attr("height", TREEMAP_HEIGHT).attr("aria-hidden", "true");
  const hues = d3.scaleOrdinal(root.children.map((node) => node.data[0]), d3.range(root.children.length).map((at) => (210 + at * 47) % 360));
  for (const node of root.children) areaTitle(svg, node, title, unit);
  for (const leaf of root.leaves()) area(svg, leaf, hues(leaf.parent.data[0]), title, unit, root.value);
  show("treemap", svg.node());
  show("treemap-title", `Where the cost is: ${title.toLowerCase()} by benchmark (${mode.name})`);
}

function areaTitle(svg, node, title, unit) {
  if (node.x1 - node.x0 < 40) return;
  const text = `${node.data[0]} · ${shownNumber(node.value, unit)}`;
  svg.append("text").attr("class", "area-title").attr("x", node.x0 + 2).attr("y", node.y0 + 12).text(fitted(text, node.x1 - node.x0 - 4))
    .append("title").text(`${text} ${title.toLowerCase()}`);
}

function area(svg, leaf, hue, title, unit, whole) {
  const [wide, high] = [leaf.x1 - leaf.x0, leaf.y1 - leaf.y0];
  const row = leaf.data;
  const link = svg.append("a").attr("href", `#b${row.id}`).attr("tabindex", -1);
  link.append("title").text(`${row.uri}\n${shownNumber(row.values[0], unit)} ${title.toLowerCase()}, ${percentOf(row.values[0], whole)}`);
  link.append("rect").attr("x", leaf.x0).attr("y", leaf.y0).attr("width", wide).attr("height", high).style("--hue", hue);
  if (wide > 44 && high > 15) link.append("text").attr("x", leaf.x0 + 3).attr("y", leaf.y0 + 13).text(fitted(row.uri.split("::").at(-1), wide - 6));
}

// As much of a text as fits, by the mean width of a letter.
function fitted(text, width, letter = 6.2) {
  const most = Math.floor(width / letter);
  return text.length <= most ? text : most > 1 ? `${text.slice(0, most - 1)}…` : "";
}
