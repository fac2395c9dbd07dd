"use strict";
// The first page: did something get slower?

function headline() {
  const count = (verdict) => overview.verdicts[verdict] ?? 0;
  const compared = d3.sum(VERDICTS, count);
  if (!overview.compared) return `${plural(rows.filter(Boolean).length, "benchmark")}, compared with nothing yet`;
  const parts = [];
  if (count("improved")) parts.push(`${counts.format(count("improved"))} improved`);
  if (count("new")) parts.push(`${counts.format(count("new"))} new`);
  if (count("missing")) parts.push(`${counts.format(count("missing"))} gone`);
  if (count("renamed")) parts.push(`${counts.format(count("renamed"))} renamed`);
  const doubtful = count("not_comparable") + count("not_repeatable");
  if (doubtful) parts.push(`${counts.format(doubtful)} without a verdict`);
  const worst = count("regressed") ? `${counts.format(count("regressed"))} of ${plural(compared, "benchmark")} regressed` : `Nothing regressed among ${plural(compared, "benchmark")}`;
  return [worst, ...parts].join(", ");
}

function verdictButtons() {
  const known = VERDICTS.filter((verdict) => overview.verdicts[verdict]);
  return known.map((verdict) => pressed(`${counts.format(overview.verdicts[verdict])} ${verdictText(verdict)}`, () => {
    const wanted = new Set(filter.verdict);
    if (!wanted.delete(verdict)) wanted.add(verdict);
    setFilter("verdict", wanted);
  }, { class: verdict, "data-verdict": verdict, "aria-pressed": "false" }));
}

// Benchmarks without a number, and targets that failed as a whole.
function unmeasuredTable() {
  const body = overview.unmeasured.map(([uri, label, mode, outcome, reason]) => holding("tr", {},
    holding("td", {}, element("bdi", uri || label), element("small", uri ? label : "the whole target")),
    cell(mode), cell(outcome, outcome), cell(reason, "why")));
  return table("Not measured", ["Benchmark", "Mode", "State", "Why"], body);
}

// A choice among the values that rows have; none where there is no choice.
function choice(name, values) {
  const select = byId(name);
  const known = [...new Set(values)].filter(Boolean).sort();
  select.append(element("option", "all", { value: "" }), ...known.map((one) => element("option", one, { value: one })));
  select.parentElement.hidden = known.length < 2;
  select.addEventListener("change", () => setFilter(name, select.value));
}

// Every package, and every folder above one.
function folders() {
  return rows.flatMap((row) => {
    const parts = row.package.split("/");
    return parts.map((_, at) => parts.slice(0, at + 1).join("/")).filter((path) => !path.endsWith("/"));
  });
}

function drawOverview() {
  const wanted = wantedRows();
  byId("text").value = filter.text;
  for (const name of ["mode", "package", "framework"]) byId(name).value = filter[name];
  for (const button of byId("verdicts").children) button.setAttribute("aria-pressed", String(filter.verdict.has(button.dataset.verdict)));
  byId("back").href = filterHash();
  drawStrip(wanted);
  drawTreemap(wanted);
  drawChanged(wanted);
  drawCameAndWent(wanted);
  drawPackages(wanted);
}

function startOverview() {
  show("suite", overview.suite);
  show("headline", headline());
  byId("headline").className = overview.verdicts.regressed ? "regressed" : overview.compared ? "improved" : "";
  show("compared", overview.compared ? `Compared with ${overview.compared}.` : "");
  show("environment", overview.environment.join("; "));
  byId("how-to-compare").hidden = Boolean(overview.compared);
  show("notes", ...overview.notes.map((note) => element("li", note)));
  show("unmeasured", ...(overview.unmeasured.length ? [unmeasuredTable()] : []));
  show("verdicts", ...verdictButtons());
  choice("mode", rows.map((row) => row.mode.name));
  choice("framework", rows.map((row) => row.framework));
  choice("package", folders());
  byId("text").addEventListener("input", () => setFilter("text", byId("text").value));
  startStrip();
}
