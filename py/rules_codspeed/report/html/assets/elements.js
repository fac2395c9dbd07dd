"use strict";
// Makes elements. Names come from programs: they become text, by textContent, and never markup;
// the page's policy refuses markup from strings anyway.

const byId = (id) => document.getElementById(id);

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function show(id, ...children) { byId(id).replaceChildren(...children); }

function cell(text, className = "") { return element("td", text, { class: className }); }

function holding(tag, attributes, ...children) {
  const made = element(tag, "", attributes);
  made.append(...children);
  return made;
}

function pressed(text, action, attributes = {}) {
  const button = element("button", text, { type: "button", ...attributes });
  button.addEventListener("click", action);
  return button;
}

function table(caption, heads, body) {
  const made = element("table");
  if (caption) made.append(element("caption", caption));
  const head = element("tr");
  heads.forEach((one) => head.append(one instanceof Node ? one : element("th", one, { scope: "col" })));
  made.createTHead().append(head);
  made.createTBody().append(...body);
  return holding("div", { class: "wide", tabindex: "0", role: "group", "aria-label": caption || "Benchmarks" }, made);
}

function pairs(title, values) {
  const list = element("dl");
  values.forEach(([name, value]) => list.append(element("dt", name), element("dd", value)));
  return holding("details", {}, element("summary", title), list);
}

// A canvas of so many pixels of the page, sharp on any screen.
function sized(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

// `light-dark()` is resolved where a colour is used, not where a variable is read.
const probes = new Map();
function colourOf(name) {
  if (!probes.has(name)) {
    const probe = element("span", "", { hidden: "", style: `color: var(${name})` });
    document.body.append(probe);
    probes.set(name, probe);
  }
  return getComputedStyle(probes.get(name)).color;
}
