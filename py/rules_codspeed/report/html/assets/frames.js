"use strict";
// What is known of a frame: its names, and what it is merged by.

const KINDS = ["", " (inlined)", ""];
const OTHER = 2;
const LANGUAGES = [
  [/\.pyx?$/, "Python"], [/\.rs$/, "Rust"], [/\.(cc|cpp|cxx|hpp|hh|h\+\+|tcc)$|\/c\+\+\//, "C++"], [/\.go$/, "Go"],
  [/\.(js|mjs|cjs|ts)$/, "JavaScript"], [/\.(java|kt|scala)$/, "Java"], [/\.(c|h|S|s|asm)$/, "C"],
];

function hashOf(text) {
  let hash = 0; // gives a function its colour, in every graph the same
  for (const character of text) hash = (31 * hash + character.codePointAt(0)) % 65521;
  return hash;
}

function lastPart(path) { return path.split("/").at(-1); }

function frameOf(index) {
  const [name, file, object, line, kind] = names.frames[index];
  const [full, source, binary] = [name, file, object].map((one) => names.strings[one]);
  const title = (source.endsWith(".py") ? full : shortName(full)) || (kind === 1 ? `inlined from ${lastPart(source)}` : `??? in ${lastPart(binary)}`);
  return {
    name: title + (full ? KINDS[kind] : ""), full, source: source && line ? `${source}:${line}` : source, file: source, line, binary, kind,
    hash: hashOf(full || title),
  };
}

// A name without what stands between angle brackets, where that is long; operators are left alone.
function shortName(name) {
  if (name.length < 60 || !name.includes("<") || name.includes("operator")) return name;
  let depth = 0;
  let made = "";
  for (const character of name) {
    if (character === ">" && depth > 0) depth -= 1;
    if (!depth) made += character;
    if (character === "<") {
      if (!depth) made += "…";
      depth += 1;
    }
  }
  return depth ? name : made;
}

function languageOf(frame) {
  const found = LANGUAGES.find(([pattern]) => pattern.test(frame.file));
  if (found) return found[1];
  if (frame.full.startsWith("[kernel")) return "kernel";
  if (/^_?Py|^python/.test(frame.full) || /python/.test(lastPart(frame.binary))) return "Python's interpreter";
  return frame.binary ? `machine code of ${lastPart(frame.binary)}` : "machine code";
}

// The folder of a source file, else the program or library.
function packageOf(frame) {
  if (frame.kind === OTHER) return frame.name;
  if (frame.file.includes("/")) return frame.file.slice(0, frame.file.lastIndexOf("/"));
  return lastPart(frame.binary) || frame.file || frame.name;
}

// Returns the group of each frame, and what stands for each group in the graph.
function groupsOf(frames, by) {
  const nameOf = { package: packageOf, language: languageOf }[by];
  if (!nameOf) return { groups: frames.map((_, at) => at), made: frames };
  const made = [];
  const known = new Map();
  const groups = frames.map((frame) => {
    const name = nameOf(frame);
    if (!known.has(name)) {
      known.set(name, made.length);
      made.push({ name, full: name, source: "", file: "", line: 0, binary: "", kind: 0, hash: hashOf(name) });
    }
    return known.get(name);
  });
  return { groups, made };
}
