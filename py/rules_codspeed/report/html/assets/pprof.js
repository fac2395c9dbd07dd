"use strict";
// Writes the shown graph as a profile for pprof: message Profile of its profile.proto, packed by gzip.

function varint(value) {
  const bytes = [];
  let left = BigInt(Math.round(value));
  do {
    bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
    left >>= 7n;
  } while (left);
  return bytes;
}

function field(number, content) {
  return typeof content === "number" ? [...varint(number << 3), ...varint(content)] : [...varint((number << 3) | 2), ...varint(content.length), ...content];
}

const packedField = (number, values) => field(number, values.flatMap(varint));

function pprofBytes() {
  const strings = new Map([["", 0]]);
  const text = (one) => strings.get(one) ?? (strings.set(one, strings.size), strings.size - 1);
  const { tree, made } = graph;
  const blocks = [field(1, [...field(1, text(graph.label)), ...field(2, text("count"))])]; // sample_type
  for (let node = 1; node < tree.count; node += 1) {
    if (!tree.ownNow[node]) continue;
    const stack = []; // the innermost first
    for (let one = node; one > 0; one = tree.parents[one]) stack.push(tree.groups[one] + 1);
    blocks.push(field(2, [...packedField(1, stack), ...packedField(2, [tree.ownNow[node]])]));
  }
  for (const [at, { name, full, file, line }] of made.entries()) {
    blocks.push(field(4, [...field(1, at + 1), ...field(4, [...field(1, at + 1), ...field(2, line)])])); // location with its line
    blocks.push(field(5, [...field(1, at + 1), ...field(2, text(name)), ...field(3, text(full)), ...field(4, text(file))]));
  }
  const encoder = new TextEncoder();
  for (const one of strings.keys()) blocks.push(field(6, [...encoder.encode(one)]));
  return new Blob(blocks.map((one) => Uint8Array.from(one)));
}

async function pprof() {
  return new Response(pprofBytes().stream().pipeThrough(new CompressionStream("gzip"))).blob();
}
