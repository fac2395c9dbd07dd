"use strict";
// Shows what the address asks for. The last script: it starts the page.

async function route() {
  const row = rows.find((one) => location.hash === `#b${one.id}`);
  const came = byId("page-overview").hidden;
  byId("page-overview").hidden = Boolean(row);
  byId("page-benchmark").hidden = !row;
  document.title = `${row ? row.uri : "Benchmarks"} of ${overview.suite}`;
  if (row) await showBenchmark(row);
  else if (came || location.hash !== filterHash() || !document.body.dataset.ready) {
    readFilter(location.hash);
    drawOverview();
  }
  if (row || (came && document.body.dataset.ready)) {
    window.scrollTo(0, 0);
    byId("main").focus({ preventScroll: true });
  }
  document.body.dataset.ready = location.hash;
}

byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

// What is drawn on a canvas knows neither the width nor the colours of the page.
function redraw() {
  if (!overview) return;
  if (byId("page-overview").hidden) return graph && drawGraph();
  const wanted = wantedRows();
  drawStrip(wanted);
  drawTreemap(wanted);
}

let lastWidth = 0;
async function start() {
  await loadOverview();
  startOverview();
  window.addEventListener("hashchange", route);
  await route();
  lastWidth = document.body.clientWidth;
  new ResizeObserver(() => {
    if (document.body.clientWidth !== lastWidth) redraw();
    lastWidth = document.body.clientWidth;
  }).observe(document.body);
}
start();
