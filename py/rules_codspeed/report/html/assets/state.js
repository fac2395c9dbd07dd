"use strict";
// What is asked for lives in the address, so that it can be sent and marked: #b12 is the page of a
// benchmark, #verdict=regressed&text=sort a choice on the first page.

const FILTERS = ["mode", "verdict", "package", "framework", "text"];
const filter = { mode: "", verdict: new Set(), package: "", framework: "", text: "" };

function readFilter(hash) {
  const asked = new URLSearchParams(hash.slice(1));
  for (const name of FILTERS) filter[name] = asked.get(name) ?? "";
  filter.verdict = new Set(filter.verdict.split(",").filter((one) => VERDICTS.includes(one)));
}

function filterHash() {
  const asked = new URLSearchParams();
  for (const name of FILTERS) {
    const value = name === "verdict" ? [...filter.verdict].join(",") : filter[name];
    if (value) asked.set(name, value);
  }
  return `#${asked}`;
}

function isWanted(row, words) {
  return (!filter.verdict.size || filter.verdict.has(row.verdict)) && (!filter.mode || row.mode.name === filter.mode) &&
    (!filter.framework || row.framework === filter.framework) &&
    (!filter.package || row.package === filter.package || row.package.startsWith(`${filter.package}/`)) &&
    words.every((word) => row.words.includes(word));
}

function wantedRows() {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => isWanted(row, words));
}

// Draws at once; the address follows without an entry in the browser's history.
function setFilter(name, value) {
  filter[name] = value;
  drawOverview();
  location.replace(filterHash());
}
