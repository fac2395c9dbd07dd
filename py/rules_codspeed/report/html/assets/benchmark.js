"use strict";
// The page of a benchmark.

function changesTable(changes) {
  const body = changes.map((one) => holding("tr", {}, cell(one.metric), cell(withNarrow(one.before)), cell(withNarrow(one.after)),
    cell(withNarrow(one.relative)), cell(withNarrow(one.interval)), cell(withNarrow(one.limit)), cell(verdictText(one.verdict), one.verdict)));
  return table(`Compared with ${overview.compared}`, ["Metric", "Before", "Now", "Change", "Interval", "Limit", "Verdict"], body);
}

// What is stated of the environments of both sides; what differs first, and marked.
function environmentsTable(row) {
  const differs = ([, before, now]) => before !== now;
  const body = d3.sort(overview.environments[row.environments], (one) => !differs(one)).map((one) => holding("tr", differs(one) ? { class: "differs" } : {}, ...one.map((text, at) => (at ? cell(text || "-") : cell(text)))));
  return table("Environments", ["Condition", "Before", "Now"], body);
}

function neighbours(row) {
  const order = [...wantedRows().filter(hasChanged)].sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || a.id - b.id);
  const at = order.indexOf(row);
  const link = (text, other) => (at >= 0 && other ? [" ", element("a", text, { href: `#b${other.id}` })] : []);
  return [...link("Previous change", order[at - 1]), ...link("Next change", order[at + 1])];
}

// History, rounds, timeline and trees: in this file, in one beside it, or nowhere.
async function detailsOf(row) {
  if (!row.graph || row.graph === "left out") return { history: [] };
  if (row.graph !== "here") return detailsBeside(row.graph);
  const details = await unpack(`details-${row.id}`);
  runs ??= await unpack("runs");
  names ??= await unpack("names");
  return details;
}

async function detailsBeside(address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const details = await unpacked(await answer.text());
    ({ runs, names } = details);
    return details;
  } catch {
    byId("not-beside").hidden = false; // a browser does not let a page from the disk read files
    return { history: [] };
  }
}

async function showBenchmark(row) {
  show("uri", row.uri);
  show("label", row.label);
  show("verdict", element("strong", verdictText(row.verdict), { class: row.verdict }));
  show("reason", row.reason);
  show("neighbours", ...neighbours(row));
  const { changes, metrics } = await factsOf(row);
  show("changes", ...(changes.length ? [changesTable(changes)] : []));
  show("metrics", ...(metrics.length ? [pairs("All metrics", metrics.map(([name, value]) => [name, withNarrow(value)]))] : []));
  show("provenance", ...(row.provenance < 0 ? [] : [pairs("How it was measured", overview.provenance[row.provenance])]));
  show("environments", ...(row.environments >= 0 ? [environmentsTable(row)] : []));
  show("again", `bazel build ${row.label} --@rules_codspeed//rules/settings:remeasure=$(date +%s)`);
  byId("left-out").hidden = row.graph !== "left out";
  byId("not-beside").hidden = true;
  const details = await detailsOf(row);
  showHistory(details.history, row.metric);
  showRounds(details.rounds);
  showTimeline(details.timeline);
  showQueries(details.queries);
  byId("graph-section").hidden = !details.tree && !details.python;
  if (details.tree || details.python) showGraph(details, row);
}
