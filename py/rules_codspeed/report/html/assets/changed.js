"use strict";
// What changed, the worst first, and what came and went.

const MOST_CHANGED = 100; // rows at once
let allChanged = false;

function bar(row, largest) {
  const log = logRatio(row);
  const share = log === null || !largest ? 0 : Math.min(1, Math.abs(log) / largest);
  return element("span", "", { class: `bar ${log > 0 ? "grew" : "fell"}`, style: `--share: ${share.toFixed(3)}`, "aria-hidden": "true" });
}

function changedRow(row, largest) {
  const { deciding } = row;
  const moved = row.moved?.[1] ?? 0;
  const change = cell("", moved > 0 ? "more" : moved < 0 ? "less" : "");
  change.append(withNarrow(deciding?.relative || (moved ? row.moved[0] : "")), bar(row, largest), element("small", deciding?.metric ?? ""));
  const interval = cell(withNarrow(deciding?.interval), "interval");
  interval.append(element("small", deciding?.limit ? `limit ${withNarrow(deciding.limit)}` : "", { class: "clamped" }));
  const verdict = verdictCell(row);
  if (row.reason) verdict.append(element("small", row.reason, { class: "clamped" }));
  return holding("tr", {}, nameCell(row, `${row.label} · ${row.mode.name}`), sparkCell(row), cell(withNarrow(deciding?.before)),
    cell(withNarrow(deciding?.after)), change, interval, verdict);
}

function drawChanged(wanted) {
  const changed = d3.sort(wanted.filter(hasChanged), (row) => VERDICTS.indexOf(row.verdict), (row) => -Math.abs(logRatio(row) ?? Infinity));
  byId("changed-section").hidden = !changed.length;
  const largest = d3.max(changed, (row) => Math.abs(logRatio(row) ?? 0)) ?? 0;
  const body = changed.slice(0, allChanged ? Infinity : MOST_CHANGED).map((row) => changedRow(row, largest));
  const made = table("", ["Benchmark", "History", "Before", "Now", "Change", "Interval", "Verdict"], body);
  show("changed", made);
  if (changed.length > body.length) {
    byId("changed").append(pressed(`Show ${counts.format(changed.length - body.length)} more`, () => {
      allChanged = true;
      drawChanged(wanted);
    }));
  }
}

function cameAndWentRow(old, now) {
  const column = old?.mode.columns[0] ?? now?.mode.columns[0];
  const number = (row) => cell(row ? shownNumber(row.values[0], column[1]) : "");
  return holding("tr", {}, old ? nameCell(old, old.reason) : cell(""), number(old), now ? nameCell(now) : element("td", "no longer measured", { class: "quiet" }), number(now));
}

// Names that vanished, beside the new ones of nearly the same numbers.
function drawCameAndWent(wanted) {
  const added = wanted.filter(isNew);
  const paired = added.filter((row) => row.pair >= 0);
  const taken = new Set(paired.map((row) => row.pair));
  const gone = wanted.filter((row) => isGone(row) && !taken.has(row.id));
  const alone = added.filter((row) => row.pair < 0);
  const section = (title, made) => holding("details", { class: "fold" }, element("summary", title), made);
  const heads = ["Before", "Number", "Now", "Number"];
  const folds = [];
  if (paired.length) {
    folds.push(section(`${plural(paired.length, "name")} that may only have changed: nearly the same numbers under another name`,
      table("Likely renamed", heads, paired.map((row) => cameAndWentRow(rows[row.pair], row)))));
  }
  if (gone.length) folds.push(section(`${plural(gone.length, "benchmark")} gone`, table("Gone", heads, gone.map((row) => cameAndWentRow(row, null)))));
  if (alone.length) folds.push(section(`${plural(alone.length, "new benchmark")}`, table("New", ["Benchmark", "Number"], alone.map((row) => holding("tr", {}, nameCell(row), cell(shownNumber(row.values[0], row.mode.columns[0]?.[1])))))));
  show("came-and-went", ...folds);
}
