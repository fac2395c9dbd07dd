"use strict";
// Call trees as columns in preorder: node 0 is "all", and `ends` names the node after all below one.

function parentsOf(depths) {
  const path = [];
  return Int32Array.from(depths, (depth, node) => {
    path.length = depth;
    path.push(node);
    return depth ? path[depth - 1] : -1;
  });
}

// Collects nodes in any order; equal groups below one node are one.
class TreeBuilder {
  constructor() {
    this.parents = [-1];
    this.groups = [-1];
    this.now = [0];
    this.base = [0];
    this.known = new Map();
  }

  below(parent, group) {
    const key = parent * 2 ** 21 + group;
    let node = this.known.get(key);
    if (node === undefined) {
      node = this.parents.length;
      this.known.set(key, node);
      this.parents.push(parent);
      this.groups.push(group);
      this.now.push(0);
      this.base.push(0);
    }
    return node;
  }

  add(node, now, base) {
    this.now[node] += now;
    this.base[node] += base;
  }
}

// Callees below their callers; what is merged joins the caller of its own group.
function calleesDown(source, groups, merging) {
  const builder = new TreeBuilder();
  const places = new Int32Array(source.parents.length);
  source.parents.forEach((parent, node) => {
    const above = parent < 0 ? 0 : places[parent];
    const group = groups[source.frames[node]];
    places[node] = merging && above && builder.groups[above] === group ? above : builder.below(above, group);
    builder.add(places[node], source.now[node], source.base?.[node] ?? 0);
  });
  return builder;
}

// Each function that cost something itself, and below it its callers.
function callersBelow(source, groups, merging) {
  const builder = new TreeBuilder();
  source.parents.forEach((_, node) => {
    const [now, base] = [source.now[node], source.base?.[node] ?? 0];
    if (!now && !base) return;
    let at = 0;
    for (let caller = node; caller >= 0; caller = source.parents[caller]) {
      const group = groups[source.frames[caller]];
      if (!(merging && at && builder.groups[at] === group)) at = builder.below(at, group);
    }
    builder.add(at, now, base);
  });
  return builder;
}

// Adds up what each node cost with all below it: callers come first, so from the end.
function inclusive(parents, own) {
  const sums = Float64Array.from(own);
  for (let node = sums.length - 1; node > 0; node -= 1) sums[parents[node]] += sums[node];
  return sums;
}

// Puts nodes into preorder, the most expensive first.
function ordered(builder) {
  const [now, base] = [builder.now, builder.base].map((own) => inclusive(builder.parents, own));
  const below = builder.parents.map(() => []);
  for (let node = 1; node < below.length; node += 1) below[builder.parents[node]].push(node);
  const count = below.length;
  const made = {
    count, groups: new Int32Array(count), parents: new Int32Array(count).fill(-1), depths: new Int32Array(count), ends: new Int32Array(count),
    now: new Float64Array(count), base: new Float64Array(count), ownNow: new Float64Array(count), ownBase: new Float64Array(count),
  };
  const stack = [[0, -1]];
  let at = 0;
  while (stack.length) {
    const [node, parent] = stack.pop();
    made.groups[at] = builder.groups[node];
    made.parents[at] = parent;
    made.depths[at] = parent < 0 ? 0 : made.depths[parent] + 1;
    [made.now[at], made.base[at], made.ownNow[at], made.ownBase[at]] = [now[node], base[node], builder.now[node], builder.base[node]];
    below[node].sort((a, b) => Math.max(now[a], base[a]) - Math.max(now[b], base[b])); // popped from the end
    for (const one of below[node]) stack.push([one, at]);
    at += 1;
  }
  for (let node = count - 1; node >= 0; node -= 1) {
    made.ends[node] = Math.max(made.ends[node], node + 1);
    if (node) made.ends[made.parents[node]] = Math.max(made.ends[made.parents[node]], made.ends[node]);
  }
  return made;
}

// Where each node begins, from 0 to the cost of all, as wide as `widths`.
function startsOf(tree, widths) {
  const starts = new Float64Array(tree.count);
  const free = new Float64Array(tree.count); // where the next callee of a node begins
  for (let node = 1; node < tree.count; node += 1) {
    const parent = tree.parents[node];
    starts[node] = free[parent];
    free[parent] += widths[node];
    free[node] = starts[node];
  }
  return starts;
}

// Functions wherever they are: costs of their own, and with all that they called, recursion once.
function functionSums(tree) {
  const sums = new Map();
  const open = [];
  for (let node = 1; node < tree.count; node += 1) {
    const group = tree.groups[node];
    open.length = tree.depths[node];
    const outermost = !open.includes(group);
    open.push(group);
    const one = sums.get(group) ?? { group, now: 0, base: 0, inclusiveNow: 0, inclusiveBase: 0 };
    one.now += tree.ownNow[node];
    one.base += tree.ownBase[node];
    if (outermost) {
      one.inclusiveNow += tree.now[node];
      one.inclusiveBase += tree.base[node];
    }
    sums.set(group, one);
  }
  return sums;
}
