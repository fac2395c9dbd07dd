"use strict";
// One metric over the runs of the history: values, the band of their noise, and where the level
// changed (found by PELT when the report was written).

const TREND = { width: 900, height: 190, left: 90, right: 14, bottom: 22, top: 12 };

function trendScales(points, bands) {
  const values = [...points.map((point) => point.value), ...bands.flatMap(({ low, high }) => [low, high])];
  return {
    x: d3.scaleLinear([0, Math.max(1, points.length - 1)], [TREND.left, TREND.width - TREND.right]),
    y: d3.scaleLinear(d3.extent(values), [TREND.height - TREND.bottom, TREND.top]).nice(4),
  };
}

function trendAxes(svg, { x, y }, points, unit) {
  for (const tick of y.ticks(4)) {
    svg.append("path").attr("class", "axis").attr("d", `M${TREND.left},${y(tick)}H${TREND.width - TREND.right}`);
    svg.append("text").attr("x", TREND.left - 6).attr("y", y(tick) + 4).attr("text-anchor", "end").text(shownNumber(tick, unit));
  }
  const ends = [[points[0], TREND.left, "start"], [points.at(-1), TREND.width - TREND.right, "end"]];
  for (const [point, place, anchor] of ends) {
    svg.append("text").attr("x", place).attr("y", TREND.height - 4).attr("text-anchor", anchor).text(localDate(point.time)).append("title").text(utcDate(point.time));
  }
}

// From a change point to the next: the level, and three deviations to both sides of it.
function bandsOf(series, points) {
  const starts = [0, ...series.changes];
  return starts.map((start, at) => {
    const end = starts[at + 1] ?? points.length;
    const level = d3.mean(points.slice(start, end), (point) => point.value);
    return { start, end, level, low: level - 3 * series.noise, high: level + 3 * series.noise };
  });
}

const shortCommit = (point) => point.commit.slice(0, 10) || "uncommitted work";

function pointText(point, metric) {
  return `${shortCommit(point)} · ${localDate(point.time)} (${utcDate(point.time)}): ${shownNumber(point.value, unitOf(metric))}`;
}

function trend(series, points) {
  const bands = bandsOf(series, points);
  const scales = trendScales(points, bands);
  const { x, y } = scales;
  const svg = d3.create("svg").attr("class", "chart").attr("viewBox", `0 0 ${TREND.width} ${TREND.height}`).attr("role", "img")
    .attr("aria-label", `${labelOf(series.metric)} of the last ${points.length} runs, which changed ${plural(series.changes.length, "time")}`);
  trendAxes(svg, scales, points, unitOf(series.metric));
  for (const { start, end, low, high, level } of bands) {
    const [from, to] = [x(start), x(end - 1)];
    svg.append("rect").attr("class", "band").attr("x", from).attr("width", Math.max(2, to - from)).attr("y", y(high)).attr("height", Math.max(1, y(low) - y(high)));
    svg.append("path").attr("class", "level").attr("d", `M${from},${y(level)}H${to}`);
  }
  svg.append("path").attr("d", d3.line((_, at) => x(at), (point) => y(point.value))(points));
  for (const at of series.changes) {
    svg.append("path").attr("class", "changed-at").attr("d", `M${(x(at - 1) + x(at)) / 2},${TREND.top}V${TREND.height - TREND.bottom}`);
  }
  svg.selectAll("circle").data(points).join("circle").attr("r", (_, at) => (series.changes.includes(at) ? 5 : 3)).attr("class", (_, at) => (series.changes.includes(at) ? "odd" : ""))
    .attr("cx", (_, at) => x(at)).attr("cy", (point) => y(point.value))
    .on("click", (_, point) => showPoint(point, series, points)).append("title").text((point) => pointText(point, series.metric));
  return svg.node();
}

// What the last run is, beside a point that was clicked, and the command that compares all of it.
function showPoint(point, series, points) {
  const last = points.at(-1);
  const change = point.value ? `${(100 * (last.value / point.value - 1)).toFixed(2)}${NARROW}%` : "-";
  show("point", element("span", `${pointText(point, series.metric)}; since then ${change}. `));
  if (point.commit) byId("point").append(element("code", `bazel run ${overview.suite} -- --compare ${point.commit} --report report.html`));
}

function changeTexts(series, points) {
  return series.changes.map((at) => {
    const bands = bandsOf(series, points);
    const after = bands.findIndex((band) => band.start === at);
    const [before, now] = [bands[after - 1].level, bands[after].level];
    const share = before ? `, ${signed(Number((100 * (now / before - 1)).toFixed(2)))}${NARROW}%` : "";
    return `Changed with ${shortCommit(points[at])} (${localDate(points[at].time)})${share}`;
  });
}

function showHistory(history, wanted) {
  const known = history.filter(([, , values]) => values.length > 1);
  byId("history").hidden = !known.length;
  if (!known.length) return;
  const select = byId("series");
  select.replaceChildren(...known.map(([metric], at) => element("option", labelOf(metric), { value: at })));
  select.onchange = () => {
    const [metric, numbers, values, changes, noise] = known[Number(select.value)];
    const series = { metric, changes, noise };
    const points = numbers.map((number, at) => ({ commit: runs[number][0], time: runs[number][1], value: values[at] }));
    show("chart", trend(series, points));
    show("change-points", ...changeTexts(series, points).map((text) => element("li", text)));
    show("point");
  };
  select.value = Math.max(0, known.findIndex(([one]) => one === wanted));
  select.onchange();
}
