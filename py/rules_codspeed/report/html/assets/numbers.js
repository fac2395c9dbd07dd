"use strict";
// Numbers, units and dates for people.

const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const times = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const NARROW = "\u202f"; // the narrow space before a unit, at which no line breaks
const UNITS = {
  ns: [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]],
  hundredths: [[100, ""]],
  bytes: [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]],
};

function shownNumber(value, unit) {
  if (value === null || value === undefined) return "-";
  const sizes = Object.hasOwn(UNITS, unit) ? UNITS[unit] : [];
  if (!sizes.length) return counts.format(value);
  const [size, name] = sizes.find(([size]) => Math.abs(value) >= size) ?? sizes.at(-1);
  return `${(name === "B" ? counts : times).format(value / size)}${name && NARROW}${name}`;
}

// Text of the command, in which a plain space stands between a number and its unit.
function withNarrow(text) { return (text ?? "").replace(/(\d) (?=[A-Za-zµ%])/g, `$1${NARROW}`); }

function percentOf(part, whole) { return whole ? `${(100 * part / whole).toFixed(2)}${NARROW}%` : "-"; }

function signed(value) { return `${value > 0 ? "+" : ""}${counts.format(value)}`; }

function plural(count, one, many = `${one}s`) { return `${counts.format(count)} ${count === 1 ? one : many}`; }

const dates = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
function localDate(seconds) { return seconds === null ? "" : dates.format(new Date(seconds * 1000)); }
function utcDate(seconds) { return seconds === null ? "" : `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`; }
