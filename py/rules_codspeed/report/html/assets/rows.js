"use strict";
// Tables of benchmarks with all their numbers, sorted by their heads.

const MOST_ROWS = 1000; // of a table at once: more would make each keystroke slow
const sorting = new Map(); // by mode: which column, and whether the largest is first

function spark(values, width = 110, height = 24) {
  const svg = d3.create("svg").attr("class", "spark").attr("width", width).attr("height", height).attr("role", "img")
    .attr("aria-label", `the last ${values.length} runs`);
  const x = d3.scaleLinear([0, Math.max(1, values.length - 1)], [3, width - 3]);
  const y = d3.scaleLinear(d3.extent(values), [height - 3, 3]);
  svg.append("path").attr("d", d3.line((_, at) => x(at), y)(values));
  svg.append("circle").attr("r", 2.5).attr("cx", x(values.length - 1)).attr("cy", y(values.at(-1)));
  return svg.node();
}

function nameCell(row, below = row.label) {
  return holding("td", {}, holding("a", { href: `#b${row.id}` }, element("bdi", row.uri)), element("small", below));
}

function sparkCell(row) {
  const history = cell();
  if (row.spark.length > 1) history.append(spark(row.spark));
  return history;
}

function verdictCell(row) {
  const verdict = cell(verdictText(row.verdict), row.verdict);
  if (row.reason) verdict.title = row.reason;
  return verdict;
}

function modeRow(row) {
  const made = holding("tr", {}, nameCell(row));
  row.values.forEach((value, at) => made.append(cell(shownNumber(value, row.mode.columns[at][1]))));
  const moved = row.moved?.[1] ?? 0;
  made.append(cell(withNarrow(row.moved?.[0]), moved > 0 ? "more" : moved < 0 ? "less" : ""), verdictCell(row), sparkCell(row));
  return made;
}

function sortKeys(mode) {
  return [
    (row) => row.uri, ...mode.columns.map((_, at) => (row) => row.values[at]),
    (row) => row.moved?.[1] ?? null, (row) => (row.verdict ? VERDICTS.indexOf(row.verdict) : null),
  ];
}

// Rows without a number are last, in either order.
function sortedRows(mode, wanted) {
  const { at, descending } = sorting.get(mode) ?? { at: 0, descending: false };
  const key = sortKeys(mode)[at];
  const order = descending ? d3.descending : d3.ascending;
  return wanted.toSorted((a, b) => {
    const [one, other] = [key(a), key(b)];
    if (one === null || other === null) return (one === null) - (other === null) || a.id - b.id;
    const ordered = typeof one === "string" ? one.localeCompare(other, "en", { numeric: true }) * (descending ? -1 : 1) : order(one, other);
    return ordered || a.id - b.id;
  });
}

function sortHead(mode, title, at, redraw) {
  const { at: sorted, descending } = sorting.get(mode) ?? { at: 0, descending: false };
  const head = element("th", "", { scope: "col", "aria-sort": at !== sorted ? "none" : descending ? "descending" : "ascending" });
  head.append(pressed(title, () => {
    sorting.set(mode, { at, descending: sorted === at ? !descending : at > 0 && at <= mode.columns.length + 1 });
    redraw();
    byId("packages").querySelectorAll(`[data-mode="${CSS.escape(mode.name)}"] th button`)[at]?.focus();
  }));
  return head;
}

// A table of one mode, drawn in parts.
function modeTable(mode, wanted, redraw) {
  const titles = ["Benchmark", ...mode.columns.map(([title]) => title), "Change", "Verdict"];
  const made = table(mode.name, [...titles.map((title, at) => sortHead(mode, title, at, redraw)), "History"], []);
  made.dataset.mode = mode.name;
  const body = made.querySelector("tbody");
  const sorted = sortedRows(mode, wanted);
  body.append(...sorted.slice(0, MOST_ROWS).map(modeRow));
  if (sorted.length > MOST_ROWS) {
    const rest = pressed(`Show ${counts.format(sorted.length - MOST_ROWS)} more`, () => {
      rest.remove();
      body.append(...sorted.slice(MOST_ROWS).map(modeRow));
    });
    made.append(rest);
  }
  return made;
}
