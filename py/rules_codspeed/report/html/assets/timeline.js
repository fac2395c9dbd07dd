"use strict";
// How many bytes were live, over the calls of the allocator.

const TIMELINE = { width: 900, height: 170, left: 90, right: 14, bottom: 22, top: 12 };

// Where each step begins, and its bytes; the last call ends the last step.
function timelinePoints({ step, live }) {
  const points = live.map((bytes, at) => [at * step, bytes]);
  return [...points, [live.length * step, live.at(-1)]];
}

function timelineChart(timeline) {
  const points = timelinePoints(timeline);
  const most = d3.max(timeline.live);
  const svg = d3.create("svg").attr("class", "chart").attr("viewBox", `0 0 ${TIMELINE.width} ${TIMELINE.height}`).attr("role", "img")
    .attr("aria-label", `live memory over ${plural(points.at(-1)[0], "call")} of the allocator: at most ${shownNumber(most, "bytes")}, at the end ${shownNumber(timeline.live.at(-1), "bytes")}`);
  const x = d3.scaleLinear([0, points.at(-1)[0]], [TIMELINE.left, TIMELINE.width - TIMELINE.right]);
  const y = d3.scaleLinear([0, most || 1], [TIMELINE.height - TIMELINE.bottom, TIMELINE.top]);
  for (const share of [0, 0.5, 1]) {
    svg.append("path").attr("class", "axis").attr("d", `M${TIMELINE.left},${y(share * most)}H${TIMELINE.width - TIMELINE.right}`);
    svg.append("text").attr("x", TIMELINE.left - 6).attr("y", y(share * most) + 4).attr("text-anchor", "end").text(shownNumber(share * most, "bytes"));
  }
  const area = d3.area(([call]) => x(call), y(0), ([, bytes]) => y(bytes)).curve(d3.curveStepAfter);
  svg.append("path").attr("class", "live").attr("d", area(points));
  for (const tick of x.ticks(6)) svg.append("text").attr("x", x(tick)).attr("y", TIMELINE.height - 6).attr("text-anchor", "middle").text(counts.format(tick));
  return svg.node();
}

function showTimeline(timeline) {
  byId("timeline").hidden = !timeline;
  if (!timeline) return;
  show("live", timelineChart(timeline));
  show("timeline-note", `From left to right: calls of the allocator${timeline.step > 1 ? `; drawn is the most of each ${counts.format(timeline.step)} of them` : ""}.`);
}
