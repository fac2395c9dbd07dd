"use strict";
// All changes at a glance: a dot a benchmark, to the right what costs more. The table below it
// states the same for those who do not see it.

const DOT = 3.2, STRIP_HEIGHT = 130, STRIP_LEAST = Math.log(1.05);
const TICKS = [-0.9, -0.5, -0.2, -0.1, -0.05, -0.02, -0.01, 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100];
const strip = { dots: [], at: null };

function dotColour(verdict) {
  if (verdict === "regressed") return colourOf("--bad");
  if (verdict === "improved") return colourOf("--good");
  return colourOf(verdict === "unchanged" ? "--quiet" : "--odd");
}

// Puts each dot into the column of its place, from the middle outwards; the changed ones last, on top.
function stacked(shown, width) {
  const largest = Math.max(STRIP_LEAST, d3.max(shown, (one) => Math.abs(one.log)) ?? 0);
  const x = d3.scaleLinear([-largest, largest], [12, width - 12]);
  const column = (one) => Math.round(x(one.log) / (2 * DOT));
  const most = d3.max(d3.rollup(shown, (all) => all.length, column).values()) ?? 1;
  const step = Math.min(2 * DOT, (STRIP_HEIGHT - 34) / most);
  const filled = new Map();
  const order = d3.sort(shown, (one) => -hasChanged(one.row));
  strip.dots = order.map((one) => {
    const place = column(one);
    const nth = filled.get(place) ?? 0;
    filled.set(place, nth + 1);
    const side = nth % 2 ? -Math.ceil(nth / 2) : nth / 2;
    return { row: one.row, x: x(one.log), y: (STRIP_HEIGHT - 22) / 2 + side * step };
  }).reverse();
  return { x, largest };
}

function drawStrip(wanted) {
  const shown = wanted.map((row) => ({ row, log: logRatio(row) })).filter((one) => one.log !== null);
  byId("strip-section").hidden = shown.length < 2;
  if (shown.length < 2) return;
  const canvas = byId("strip");
  const width = canvas.parentElement.clientWidth;
  const context = sized(canvas, width, STRIP_HEIGHT);
  const { x, largest } = stacked(shown, width);
  context.clearRect(0, 0, width, STRIP_HEIGHT);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  let free = -Infinity; // to the right of the last text
  for (const tick of TICKS) {
    const place = x(Math.log(1 + tick));
    if (Math.abs(Math.log(1 + tick)) > largest || (place < free && tick)) continue;
    context.strokeStyle = colourOf(tick ? "--line" : "--quiet");
    context.beginPath();
    context.moveTo(place, 4);
    context.lineTo(place, STRIP_HEIGHT - 18);
    context.stroke();
    context.fillStyle = colourOf("--quiet");
    context.fillText(tick ? `${tick > 0 ? "+" : ""}${Math.round(100 * tick)}${NARROW}%` : "same", place, STRIP_HEIGHT - 5);
    free = place + 40;
  }
  for (const dot of strip.dots) {
    context.fillStyle = dotColour(dot.row.verdict);
    context.globalAlpha = hasChanged(dot.row) ? 1 : 0.45;
    context.beginPath();
    context.arc(dot.x, dot.y, DOT * (hasChanged(dot.row) ? 1.25 : 0.9), 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

function nearestDot(event) {
  const box = byId("strip").getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const near = d3.least(strip.dots, (dot) => Math.hypot(dot.x - x, dot.y - y));
  return near && Math.hypot(near.x - x, near.y - y) < 12 ? near : null;
}

function startStrip() {
  byId("strip").addEventListener("mousemove", (event) => {
    strip.at = nearestDot(event);
    byId("strip").style.cursor = strip.at ? "pointer" : "";
    const { row } = strip.at ?? {};
    show("strip-text", row ? `${row.uri}: ${withNarrow(row.moved[0])}, ${verdictText(row.verdict)}` : STRIP_HINT);
  });
  byId("strip").addEventListener("click", (event) => {
    const dot = nearestDot(event);
    if (dot) location.hash = `#b${dot.row.id}`;
  });
  show("strip-text", STRIP_HINT);
}
const STRIP_HINT = "Each dot is a benchmark; to the right is what costs more than before.";
