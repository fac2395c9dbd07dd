"use strict";
// Shows the data blocks of this file. Names in them come from programs: they become text, by
// textContent, and never markup; the page's policy refuses markup from strings anyway.

const byId = (id) => document.getElementById(id);
const overview = JSON.parse(byId("overview").textContent);
const rows = overview.modes.flatMap((mode) => mode.rows);
const VERDICTS = ["regressed", "not_comparable", "not_repeatable", "missing", "new", "renamed", "improved", "unchanged"];
const KINDS = ["", " (inlined)", ""];
const OTHER = 2;
const MOST_ROWS = 1000; // of a table at once: more would make each keystroke slow

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function show(id, ...children) { byId(id).replaceChildren(...children); }

function cell(text, className = "") { return element("td", text, { class: className }); }

const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const times = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const UNITS = {
  ns: [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]],
  hundredths: [[100, ""]],
  bytes: [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]],
};
function shownNumber(value, unit) {
  if (value === null) return "-";
  const sizes = Object.hasOwn(UNITS, unit) ? UNITS[unit] : [];
  if (!sizes.length) return counts.format(value);
  const [size, name] = sizes.find(([size]) => Math.abs(value) >= size) ?? sizes.at(-1);
  return `${(name === "B" ? counts : times).format(value / size)} ${name}`.trimEnd();
}

function verdictText(verdict) { return verdict.replace("_", " "); }

function table(caption, heads, body) {
  const made = element("table");
  made.append(element("caption", caption));
  const head = element("tr");
  heads.forEach((one) => head.append(one instanceof Node ? one : element("th", one, { scope: "col" })));
  made.createTHead().append(head);
  made.createTBody().append(...body);
  const wide = element("div", "", { class: "wide" });
  wide.append(made);
  return wide;
}

// The first page: a table a mode, sorted and filtered together.

const only = new Set(); // verdicts that are asked for; none asks for all

function spark(values, width = 110, height = 24) {
  const svg = d3.create("svg").attr("class", "spark").attr("width", width).attr("height", height).attr("role", "img")
    .attr("aria-label", `the last ${values.length} runs`);
  const x = d3.scaleLinear([0, Math.max(1, values.length - 1)], [3, width - 3]);
  const y = d3.scaleLinear(d3.extent(values), [height - 3, 3]);
  svg.append("path").attr("d", d3.line((_, at) => x(at), y)(values));
  svg.append("circle").attr("r", 2.5).attr("cx", x(values.length - 1)).attr("cy", y(values.at(-1)));
  return svg.node();
}

function overviewRow(row, columns) {
  const made = element("tr");
  const name = cell();
  const link = element("a", "", { href: `#b${row.id}` });
  link.append(element("bdi", row.uri));
  name.append(link, element("small", row.label));
  made.append(name);
  row.values.forEach((value, at) => made.append(cell(shownNumber(value, columns[at][1]))));
  const moved = row.moved?.[1] ?? 0;
  made.append(cell(row.moved?.[0], moved > 0 ? "more" : moved < 0 ? "less" : ""));
  const verdict = cell(verdictText(row.verdict), row.verdict);
  if (row.reason) verdict.title = row.reason;
  const history = cell();
  if (row.spark.length > 1) history.append(spark(row.spark));
  made.append(verdict, history);
  return made;
}

function overviewTable(mode) {
  const titles = ["Benchmark", ...mode.columns.map(([title]) => title), "Change", "Verdict"];
  const keys = [
    (row) => row.uri, ...mode.columns.map((_, at) => (row) => row.values[at]),
    (row) => row.moved?.[1] ?? null, (row) => (row.verdict ? VERDICTS.indexOf(row.verdict) : null),
  ];
  let sorted = overview.compared ? titles.length - 1 : 0;
  let descending = false;
  const heads = titles.map((title, at) => {
    const head = element("th", "", { scope: "col" });
    const button = element("button", title, { type: "button" });
    button.addEventListener("click", () => {
      descending = sorted === at ? !descending : at > 0 && at < titles.length - 1;
      sorted = at;
      draw();
    });
    head.append(button);
    return head;
  });
  const made = table(mode.name, [...heads, "History"], []);
  const body = made.querySelector("tbody");
  const rest = element("button", "", { type: "button" });
  made.append(rest);
  let most = MOST_ROWS;
  function draw() {
    const words = byId("filter").value.toLowerCase().split(/\s+/);
    const wanted = mode.rows.filter((row) => (!only.size || only.has(row.verdict)) &&
      words.every((word) => `${row.uri} ${row.label}`.toLowerCase().includes(word)));
    const order = descending ? d3.descending : d3.ascending;
    const key = keys[sorted];
    wanted.sort((a, b) => {
      const [one, other] = [key(a), key(b)];
      if (one === null || other === null) return (one === null) - (other === null);
      const ordered = typeof one === "string" ? one.localeCompare(other, "en", { numeric: true }) * (descending ? -1 : 1) : order(one, other);
      return ordered || a.id - b.id;
    });
    body.replaceChildren(...wanted.slice(0, most).map((row) => overviewRow(row, mode.columns)));
    heads.forEach((head, at) => head.setAttribute("aria-sort", at !== sorted ? "none" : descending ? "descending" : "ascending"));
    rest.hidden = wanted.length <= most;
    rest.textContent = `Show ${wanted.length - most} more`;
    return wanted.length;
  }
  rest.addEventListener("click", () => { most = Infinity; draw(); });
  return { made, draw };
}

// Benchmarks without a number, and targets that failed as a whole.
function unmeasuredTable() {
  const body = overview.unmeasured.map(([uri, label, mode, outcome, reason]) => {
    const made = element("tr");
    const name = cell();
    name.append(element("bdi", uri || label), element("small", uri ? label : "the whole target"));
    made.append(name, cell(mode), cell(outcome, outcome), cell(reason, "why"));
    return made;
  });
  return table("Not measured", ["Benchmark", "Mode", "State", "Why"], body);
}

function startOverview() {
  show("suite", overview.suite);
  document.title = `Benchmarks of ${overview.suite}`;
  show("compared", overview.compared ? `Compared with ${overview.compared}.` : "Not compared with anything.");
  show("notes", ...overview.notes.map((note) => element("li", note)));
  const tables = overview.modes.map(overviewTable);
  show("tables", ...tables.map(({ made }) => made));
  show("unmeasured", ...(overview.unmeasured.length ? [unmeasuredTable()] : []));
  const draw = () => show("shown", `${d3.sum(tables, ({ draw }) => draw())} of ${rows.length} benchmarks`);
  byId("filter").addEventListener("input", draw);
  const known = VERDICTS.filter((verdict) => overview.verdicts[verdict]);
  show("verdicts", ...known.map((verdict) => {
    const text = `${overview.verdicts[verdict]} ${verdictText(verdict)}`;
    const button = element("button", text, { type: "button", "aria-pressed": "false", class: verdict });
    button.addEventListener("click", () => {
      if (!only.delete(verdict)) only.add(verdict);
      button.setAttribute("aria-pressed", String(only.has(verdict)));
      draw();
    });
    return button;
  }));
  draw();
}

// The page of a benchmark.

async function unpack(id) {
  const bytes = Uint8Array.from(atob(byId(id).textContent), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

let names = null; // of all frames; unpacked when the first graph is shown
let runs = null; // commit and date of each earlier run; likewise
const labelOf = (metric) => new Map(Object.entries(overview.labels)).get(metric) ?? metric;

function chart(metric, points) {
  const [width, height, left, bottom] = [640, 150, 90, 20];
  const unit = new Map(Object.entries(overview.units)).get(metric) ?? "";
  const svg = d3.create("svg").attr("class", "chart").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width)
    .attr("role", "img").attr("aria-label", `${labelOf(metric)} of the last ${points.length} runs`).style("max-width", "100%");
  const x = d3.scaleLinear([0, Math.max(1, points.length - 1)], [left, width - 10]);
  const y = d3.scaleLinear(d3.extent(points, (point) => point[2]), [height - bottom, 10]).nice(4);
  for (const tick of y.ticks(4)) {
    svg.append("path").attr("class", "axis").attr("d", `M${left},${y(tick)}H${width - 10}`);
    svg.append("text").attr("x", left - 6).attr("y", y(tick) + 4).attr("text-anchor", "end").text(shownNumber(tick, unit));
  }
  svg.append("text").attr("x", left).attr("y", height - 4).text(points[0][1]);
  svg.append("text").attr("x", width - 10).attr("y", height - 4).attr("text-anchor", "end").text(points.at(-1)[1]);
  svg.append("path").attr("d", d3.line((_, at) => x(at), (point) => y(point[2]))(points));
  svg.selectAll("circle").data(points).join("circle").attr("r", 3).attr("cx", (_, at) => x(at)).attr("cy", (point) => y(point[2]))
    .append("title").text(([commit, date, value]) => `${commit} ${date}: ${shownNumber(value, unit)}`);
  return svg.node();
}

function showHistory(series, wanted) {
  byId("history").hidden = !series.length;
  if (!series.length) return;
  const select = element("select");
  select.append(...series.map(([metric], at) => element("option", labelOf(metric), { value: at })));
  const draw = () => {
    const [metric, numbers, values] = series[Number(select.value)];
    show("chart", chart(metric, numbers.map((number, at) => [...runs[number], values[at]])));
  };
  select.addEventListener("change", draw);
  select.value = Math.max(0, series.findIndex(([one]) => one === wanted));
  show("series", select);
  draw();
}

function pairs(title, values) {
  const list = element("dl");
  values.forEach(([name, value]) => list.append(element("dt", name), element("dd", value)));
  const made = element("details");
  made.append(element("summary", title), list);
  return made;
}

async function showBenchmark(row) {
  show("uri", row.uri);
  show("label", row.label);
  show("verdict", element("strong", verdictText(row.verdict), { class: row.verdict }));
  show("reason", row.reason);
  const changes = row.changes.map((one) => {
    const made = element("tr");
    made.append(cell(one.metric), cell(one.before), cell(one.after), cell(one.relative), cell(one.limit), cell(verdictText(one.verdict), one.verdict));
    return made;
  });
  show("changes", ...(changes.length ? [table(`Compared with ${overview.compared}`, ["Metric", "Before", "Now", "Change", "Limit", "Verdict"], changes)] : []));
  show("metrics", ...(row.metrics.length ? [pairs("All metrics", row.metrics)] : []));
  show("provenance", ...(row.provenance < 0 ? [] : [pairs("How it was measured", overview.provenance[row.provenance])]));
  const details = row.details ? await unpack(`details-${row.id}`) : { history: [] };
  if (details.history.length) runs ??= await unpack("runs");
  showHistory(details.history.filter(([, , values]) => values.length > 1), row.metric);
  byId("graph-section").hidden = !details.tree;
  if (details.tree) {
    names ??= await unpack("names");
    showGraph(details.tree, row.metric);
  }
}

async function route() {
  const row = rows.find((one) => location.hash === `#b${one.id}`);
  byId("page-overview").hidden = Boolean(row);
  byId("page-benchmark").hidden = !row;
  document.title = `${row ? row.uri : "Benchmarks"} of ${overview.suite}`;
  if (row) await showBenchmark(row);
  if (row || location.hash === "#") { window.scrollTo(0, 0); byId("main").focus({ preventScroll: true }); }
  document.body.dataset.ready = location.hash;
}

byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
window.addEventListener("hashchange", route);
startOverview();
