"use strict";
// The times of rounds: how they are spread, before and now.

const ROUNDS = { width: 900, height: 150, left: 60, bottom: 24 };
const QUANTILES = [[0, "fastest"], [0.05, "5 %"], [0.25, "25 %"], [0.5, "median"], [0.75, "75 %"], [0.95, "95 %"], [1, "slowest"]];

// Beyond three times the quarters' distance: Tukey's far outliers.
function fences(times) {
  const [low, high] = [d3.quantileSorted(times, 0.25), d3.quantileSorted(times, 0.75)];
  return [low - 3 * (high - low), high + 3 * (high - low)];
}

function histogram(now, before) {
  const [low, high] = fences(now);
  const all = [...now, ...before].filter((one) => one >= low && one <= high);
  const svg = d3.create("svg").attr("class", "chart").attr("viewBox", `0 0 ${ROUNDS.width} ${ROUNDS.height}`).attr("role", "img")
    .attr("aria-label", `times of ${plural(now.length, "round")}`);
  const x = d3.scaleLinear(d3.extent(all), [ROUNDS.left, ROUNDS.width - 10]).nice();
  const bins = d3.bin().domain(x.domain()).thresholds(x.ticks(40));
  const sides = [[before, "before"], [now, "now"]].filter(([times]) => times.length).map(([times, name]) => [bins(times), times.length, name]);
  const most = d3.max(sides, ([made, count]) => d3.max(made, (one) => one.length / count));
  const y = d3.scaleLinear([0, most], [ROUNDS.height - ROUNDS.bottom, 8]);
  for (const [made, count, name] of sides) {
    svg.append("g").attr("class", `bins ${name}`).selectAll("rect").data(made).join("rect").attr("x", (one) => x(one.x0)).attr("width", (one) => Math.max(0, x(one.x1) - x(one.x0) - 1))
      .attr("y", (one) => y(one.length / count)).attr("height", (one) => y(0) - y(one.length / count)).append("title").text((one) => `${name}: ${plural(one.length, "round")}`);
  }
  for (const tick of x.ticks(6)) svg.append("text").attr("x", x(tick)).attr("y", ROUNDS.height - 6).attr("text-anchor", "middle").text(shownNumber(tick, "ns"));
  return svg.node();
}

function showRounds(rounds) {
  byId("rounds").hidden = !rounds?.now.length;
  if (byId("rounds").hidden) return;
  const [now, before] = [rounds.now, rounds.before].map((times) => d3.sort(times));
  show("histogram", histogram(now, before));
  const sides = [["now", now], ...(before.length ? [["before", before]] : [])];
  const body = QUANTILES.map(([share, name]) => holding("tr", {}, cell(withNarrow(name)), ...sides.map(([, times]) => cell(shownNumber(d3.quantileSorted(times, share), "ns")))));
  show("quantiles", table("Quantiles", ["Share of rounds", ...sides.map(([name]) => name)], body));
  const [low, high] = fences(now);
  const far = now.filter((one) => one < low || one > high);
  show("outliers", far.length ? `${plural(far.length, "outlier")} of ${counts.format(now.length)} rounds: ${far.slice(-20).map((one) => shownNumber(one, "ns")).join(", ")}${far.length > 20 ? ", …" : ""}` : "No outliers.");
}
