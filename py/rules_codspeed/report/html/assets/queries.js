"use strict";
// The queries that a benchmark sent to its database, with the plans by which they ran.

function showQueries(queries) {
  byId("queries-section").hidden = !queries;
  if (!queries) return;
  const body = queries.map(([sql, calls, returned, hit, read, plan]) => {
    const code = element("code", sql);
    const text = plan ? holding("details", {}, holding("summary", {}, code), element("pre", plan)) : code;
    return holding("tr", {}, holding("td", {}, text), ...[calls, returned, hit, read].map((one) => cell(counts.format(one))));
  });
  show("queries", table("Queries", ["Query", "Calls", "Rows", "Blocks from cache", "Blocks read"], body));
}
