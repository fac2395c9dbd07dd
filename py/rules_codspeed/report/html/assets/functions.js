"use strict";
// The list of functions below a flame graph, sorted by what they cost or how that changed.

const MOST_FUNCTIONS = 50;
const FUNCTION_ORDERS = {
  self: { title: "itself", key: (one) => one.now }, inclusive: { title: "with all that it called", key: (one) => one.inclusiveNow },
  change: { title: "change, itself", key: (one) => Math.abs(one.now - one.base) },
};

// The sums of the tree; of functions that the report knows exactly, whatever the tree merges, theirs.
function functionRows() {
  const sums = functionSums(graph.callees);
  if (graph.by === "function") {
    for (const exact of graph.exact) {
      const one = sums.get(exact.frame) ?? { group: exact.frame, inclusiveNow: 0, inclusiveBase: 0 };
      const [now, base] = [exact.now[graph.event], exact.base[graph.event]];
      // Where the tree was cut, it holds less than a function certainly cost.
      sums.set(exact.frame, { ...one, now, base, inclusiveNow: Math.max(now, one.inclusiveNow), inclusiveBase: Math.max(base, one.inclusiveBase) });
    }
  }
  return [...sums.values()];
}

function functionTable() {
  const order = FUNCTION_ORDERS[byId("order").value];
  const wanted = d3.sort(functionRows().filter(order.key), (one) => -order.key(one)).slice(0, MOST_FUNCTIONS);
  const body = wanted.map((one) => {
    const frame = graph.made[one.group];
    const name = pressed("", () => { byId("search").value = frame.full || frame.name; searchAgain(); }, { class: "crumb", title: frame.full });
    name.append(element("bdi", frame.name));
    const made = holding("tr", {}, holding("td", {}, name, element("small", frame.source || frame.binary)), cell(counts.format(one.now)),
      cell(percentOf(one.now, graph.tree.now[0])), cell(counts.format(one.inclusiveNow)));
    if (graph.hasBase) made.append(cell(counts.format(one.base)), cell(signed(one.now - one.base), one.now > one.base ? "more" : one.now < one.base ? "less" : ""));
    return made;
  });
  const heads = ["Function", `${graph.label}, itself`, "Share", "With callees", ...(graph.hasBase ? ["Before, itself", "Change"] : [])];
  const title = byId("order").value === "change" ? "Functions that account for the change" : `Functions that cost most, ${order.title}`;
  show("functions", table(title, heads, body));
}
