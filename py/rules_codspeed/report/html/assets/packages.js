"use strict";
// All benchmarks, by package: a tree that folds, with totals.

const OPEN_AT_ONCE = 40; // benchmarks that are shown without a click
const unfolded = new Map(); // by package: what the reader chose

// Folders that hold one folder only are one line with it.
function packageTree(wanted) {
  const root = { name: "", path: "", below: new Map(), rows: [] };
  for (const [name, own] of d3.group(wanted, (row) => row.package)) {
    let node = root;
    let path = "";
    for (const part of name.split("/").filter(Boolean)) {
      path = `${path}/${part}`;
      if (!node.below.has(part)) node.below.set(part, { name: part, path, below: new Map(), rows: [] });
      node = node.below.get(part);
    }
    node.rows.push(...own);
  }
  return joinedFolders(root);
}

function joinedFolders(node) {
  const below = [...node.below.values()].map(joinedFolders);
  if (below.length === 1 && !node.rows.length) return { ...below[0], name: node.name ? `${node.name}/${below[0].name}` : below[0].name };
  return { ...node, below };
}

function allRows(node) { return [...node.rows, ...node.below.flatMap(allRows)]; }

function totalsText(all) {
  const sums = d3.rollups(all, (some) => d3.sum(some, (row) => row.values[0]), (row) => row.mode);
  return sums.filter(([mode]) => mode.columns.length).map(([mode, sum]) => {
    const [title, unit] = mode.columns[0];
    return `${shownNumber(sum, unit)} ${title.toLowerCase()}`;
  }).join(", ");
}

function marks(all) {
  const counted = d3.rollup(all.filter(hasChanged), (some) => some.length, (row) => row.verdict);
  return VERDICTS.filter((verdict) => counted.has(verdict))
    .map((verdict) => element("span", `${counted.get(verdict)} ${verdictText(verdict)}`, { class: `mark ${verdict}` }));
}

function packageFold(node, openAll) {
  const all = allRows(node);
  const summary = holding("summary", {}, element("bdi", node.name || "//"), ...marks(all),
    element("span", `${plural(all.length, "benchmark")} · ${totalsText(all)}`, { class: "totals" }));
  const made = holding("details", { class: "package" }, summary);
  const fill = () => {
    if (made.dataset.filled) return;
    made.dataset.filled = "yes";
    made.append(...node.below.map((one) => packageFold(one, openAll)));
    for (const [mode, own] of d3.group(node.rows, (row) => row.mode)) made.append(modeTable(mode, own, drawPackages));
  };
  made.open = unfolded.get(node.path) ?? (openAll || node.below.length > 0);
  if (made.open) fill();
  made.addEventListener("toggle", () => {
    if (made.open) fill();
    unfolded.set(node.path, made.open);
  });
  return made;
}

function drawPackages(wanted = wantedRows()) {
  const measured = wanted.filter((row) => !isGone(row));
  byId("packages-section").hidden = !measured.length;
  show("shown", `${counts.format(wanted.length)} of ${plural(rows.length, "benchmark")}`);
  if (!measured.length) return show("packages");
  const tree = packageTree(measured);
  const folds = tree.rows.length || tree.path ? [tree] : tree.below;
  show("packages", ...folds.map((one) => packageFold(one, measured.length <= OPEN_AT_ONCE)));
}
