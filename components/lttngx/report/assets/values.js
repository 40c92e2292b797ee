"use strict";
// The page's data, and values as people read them.
const data = JSON.parse(document.getElementById("data").textContent);
const by = id => document.getElementById(id);
const make = (tag, attributes = {}, ...inner) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inner);
  return element;
};
const style = getComputedStyle(document.documentElement);
const colour = name => style.getPropertyValue(name).trim();

function duration(ns) {
  for (const [scale, unit] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]])
    if (Math.abs(ns) >= scale) return `${(ns / scale).toFixed(3)} ${unit}`;
  return `${Math.round(ns)} ns`;
}

// A time is an offset from the trace's begin; the sum needs more digits than a number has.
function time(offset) {
  const ns = BigInt(data.begin_ns) + BigInt(Math.round(offset));
  const seconds = Number(ns / 1000000000n), fraction = String(ns % 1000000000n).padStart(9, "0");
  const date = new Date(seconds * 1000), two = value => String(value).padStart(2, "0");
  const parts = data.utc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${parts[0]}-${two(parts[1] + 1)}-${two(parts[2])} ${two(parts[3])}:${two(parts[4])}:${two(parts[5])}.${fraction}`;
}

// One formatter for all: making one costs more than using it.
const grouped = new Intl.NumberFormat("en");
const shown = {
  SHARE: value => `${(value * 100).toFixed(2)} %`, NUMBER: value => value.toFixed(3), DURATION: duration, TIME: time,
  COUNT: value => grouped.format(value),
};
const cell = (value, unit) => value === null ? "?" : (shown[unit] && typeof value === "number" ? shown[unit](value) : String(value));
const isNumber = unit => ["SHARE", "NUMBER", "DURATION", "TIME", "COUNT", "ID"].includes(unit);
