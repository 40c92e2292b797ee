"use strict";
// Draws the page from its data. One visible range of time is shared by all charts; everything is drawn again when it changes.
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

// Values as people read them -------------------------------------------------------------------------------------------

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

const shown = {
  SHARE: value => `${(value * 100).toFixed(2)} %`, NUMBER: value => value.toFixed(3), DURATION: duration, TIME: time,
  COUNT: value => value.toLocaleString("en"),
};
const cell = (value, unit) => value === null ? "?" : (shown[unit] && typeof value === "number" ? shown[unit](value) : String(value));
const isNumber = unit => ["SHARE", "NUMBER", "DURATION", "TIME", "COUNT", "ID"].includes(unit);

// The visible range ----------------------------------------------------------------------------------------------------

const whole = Math.max(data.duration_ns, 1);
const view = {begin: 0, end: whole};
const painters = [];
let waiting = false;

function show(begin, end) {
  const width = Math.min(Math.max(end - begin, Math.min(100, whole)), whole);
  view.begin = Math.min(Math.max(begin, 0), whole - width);
  view.end = view.begin + width;
  if (!waiting) {
    waiting = true;
    requestAnimationFrame(() => { waiting = false; paint(); });
  }
}

function zoom(factor, at = (view.begin + view.end) / 2) {
  show(at - (at - view.begin) * factor, at + (view.end - at) * factor);
}

function paint() {
  by("visible").textContent = `${time(view.begin)} + ${duration(view.end - view.begin)}`;
  painters.forEach(painter => painter());
}

// Canvases -------------------------------------------------------------------------------------------------------------

const LABEL = 190, ROW = 16, AXIS = 20;

// Adds a canvas whose rows share the visible range. draw(context, x, width) draws them; tell(offset, y) says what is there.
function chart(parent, rows, draw, tell) {
  const canvas = make("canvas"), height = rows * ROW + AXIS;
  parent.append(canvas);
  let width = 0;
  const x = offset => LABEL + (offset - view.begin) / (view.end - view.begin) * (width - LABEL);
  const offsetAt = pixel => view.begin + (pixel - LABEL) / (width - LABEL) * (view.end - view.begin);
  painters.push(() => {
    const ratio = window.devicePixelRatio || 1;
    width = canvas.clientWidth;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.save();
    context.beginPath();
    context.rect(LABEL, 0, width - LABEL, height);
    context.clip();
    draw.body(context, x, width);
    losses(context, x, rows * ROW);
    context.restore();
    context.fillStyle = colour("--ink");
    draw.labels.forEach(([row, text]) => context.fillText(clipped(context, text), 0, row * ROW + ROW / 2));
    axis(context, x, width, rows * ROW);
  });
  follow(canvas, offsetAt, tell);
}

function clipped(context, text) {
  while (text.length > 1 && context.measureText(text).width > LABEL - 8) text = `${text.slice(0, -2)}…`;
  return text;
}

function losses(context, x, height) {
  context.fillStyle = colour("--loss");
  context.globalAlpha = 0.3;
  for (const [begin, end] of data.losses)
    if (end >= view.begin && begin <= view.end) context.fillRect(x(begin), 0, Math.max(x(end) - x(begin), 1), height);
  context.globalAlpha = 1;
}

function axis(context, x, width, top) {
  const room = (width - LABEL) / 130, raw = (view.end - view.begin) / Math.max(room, 1), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(value => value >= raw);
  context.fillStyle = context.strokeStyle = colour("--faint");
  context.lineWidth = 1;
  for (let at = Math.ceil(view.begin / step) * step; at <= view.end; at += step) {
    context.beginPath();
    context.moveTo(x(at) + 0.5, top);
    context.lineTo(x(at) + 0.5, top + 4);
    context.stroke();
    context.fillText(`+${duration(at)}`, x(at) + 3, top + 12);
  }
}

// Wheel, drag, hover.
function follow(canvas, offsetAt, tell) {
  const pixel = event => event.clientX - canvas.getBoundingClientRect().left;
  let from = null;
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, offsetAt(pixel(event)));
  }, {passive: false});
  canvas.addEventListener("pointerdown", event => {
    from = {offset: offsetAt(pixel(event)), begin: view.begin, end: view.end, chooses: event.shiftKey, pixel: pixel(event)};
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", event => {
    if (from !== null && !from.chooses) {
      const moved = (pixel(event) - from.pixel) / (canvas.clientWidth - LABEL) * (from.end - from.begin);
      show(from.begin - moved, from.end - moved);
    }
    const text = tell(offsetAt(pixel(event)), event.clientY - canvas.getBoundingClientRect().top, pixel(event));
    tip(text, event);
  });
  canvas.addEventListener("pointerup", event => {
    if (from !== null && from.chooses) {
      const to = offsetAt(pixel(event));
      if (Math.abs(pixel(event) - from.pixel) > 3) show(Math.min(from.offset, to), Math.max(from.offset, to));
    }
    from = null;
  });
  canvas.addEventListener("pointerleave", event => tip(null, event));
}

function tip(text, event) {
  const element = by("tip");
  element.hidden = text === null;
  if (text === null) return;
  element.textContent = text;
  element.style.left = `${Math.min(event.clientX + 14, window.innerWidth - element.offsetWidth - 8)}px`;
  element.style.top = `${Math.min(event.clientY + 14, window.innerHeight - element.offsetHeight - 8)}px`;
}

// Usage over time: a strip a row, its height the share of a CPU.
function usage(parent, one) {
  const most = Math.max(1, ...one.rows.map(([, values]) => Math.max(...values)));
  const body = (context, x) => {
    context.fillStyle = colour("--mark");
    const first = Math.max(Math.floor((view.begin - one.begin) / one.step), 0);
    const last = Math.ceil((view.end - one.begin) / one.step);
    one.rows.forEach(([, values], row) => {
      for (let at = first; at < Math.min(last, values.length); at++) {
        if (!values[at]) continue;
        const left = x(one.begin + at * one.step), height = values[at] / most * (ROW - 2);
        context.fillRect(left, (row + 1) * ROW - height, Math.max(x(one.begin + (at + 1) * one.step) - left, 0.6), height);
      }
    });
  };
  const labels = one.rows.map(([label], row) => [row, label]);
  chart(parent, one.rows.length, {body, labels}, (offset, y) => {
    const row = one.rows[Math.floor(y / ROW)], at = Math.floor((offset - one.begin) / one.step);
    if (!row || at < 0 || at >= row[1].length) return null;
    return `${row[0]}\n${time(one.begin + at * one.step)} + ${duration(one.step)}\n${(row[1][at] * 100).toFixed(2)} % of a CPU`;
  });
}

// Spans: a block of lanes a definition.
const LANES = 24;

function spanLine(parent, spans) {
  const tops = [];
  let rows = 0;
  spans.lanes.forEach(count => { tops.push(rows); rows += Math.min(count, LANES); });
  const rowOf = span => span[3] < LANES ? tops[span[2]] + span[3] : null;
  const hue = text => [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  const body = (context, x) => {
    for (const span of spans.rows) {
      const row = rowOf(span);
      if (row === null || span[0] > view.end || span[0] + span[1] < view.begin) continue;
      const left = Math.max(x(span[0]), LABEL), right = Math.min(x(span[0] + span[1]), 1e5);
      context.fillStyle = span[6] ? colour("--loss") : `hsl(${hue(span[4])} 45% 55%)`;
      context.fillRect(left, row * ROW + 1, Math.max(right - left, 0.8), ROW - 2);
      if (right - left > 60) {
        context.fillStyle = "#fff";
        context.save();
        context.beginPath();
        context.rect(left, row * ROW, right - left, ROW);
        context.clip();
        context.fillText(span[4], left + 3, row * ROW + ROW / 2);
        context.restore();
      }
    }
  };
  const labels = spans.paths.map((path, index) => [tops[index], path]);
  const hidden = spans.rows.filter(span => rowOf(span) === null).length;
  if (hidden) parent.append(make("p", {class: "remark"}, `${hidden} spans which overlap ${LANES} others or more are not drawn.`));
  chart(parent, rows, {body, labels}, (offset, y) => {
    const slack = (view.end - view.begin) / 1000, row = Math.floor(y / ROW);
    const span = spans.rows.find(one => rowOf(one) === row && one[0] - slack <= offset && offset <= one[0] + one[1] + slack);
    if (!span) return null;
    const marks = [span[5], span[6] ? "events lost" : ""].filter(Boolean).join(", ");
    return `${span[4]}\n${time(span[0])} + ${duration(span[1])}${marks ? `\n${marks}` : ""}`;
  });
}

// Tables ---------------------------------------------------------------------------------------------------------------

const PAGE = 100;

function table(parent, one) {
  const found = {rows: one.rows.map((_, index) => index), sorted: null, down: false, limit: PAGE, words: ""};
  const search = make("input", {type: "search", placeholder: "search", "aria-label": `search in ${one.title}`});
  const count = make("span", {class: "remark"}), more = make("button");
  const head = make("tr"), body = make("tbody");
  const texts = one.rows.map(row => row.map((value, at) => cell(value, one.columns[at][2])));
  const lower = texts.map(row => row.join("\u0001").toLowerCase());
  const widest = one.bar === null ? 1 : Math.max(1e-12, ...one.rows.map(row => row[one.bar]));

  function fill() {
    body.replaceChildren(...found.rows.slice(0, found.limit).map(index => {
      const row = make("tr");
      texts[index].forEach((text, at) => {
        const unit = one.columns[at][2], element = make("td", {class: at === one.bar ? "bar" : isNumber(unit) ? "number" : ""}, text);
        if (at === one.bar) element.style.setProperty("--share", `${one.rows[index][at] / widest * 70}%`);
        row.append(element);
      });
      return row;
    }));
    count.textContent = `${found.rows.length} of ${one.rows.length} rows`;
    more.textContent = `show ${Math.min(1000, found.rows.length - found.limit)} more`;
    more.hidden = found.rows.length <= found.limit;
  }

  function order() {
    const words = found.words.toLowerCase().split(/\s+/).filter(Boolean);
    found.rows = one.rows.map((_, index) => index).filter(index => words.every(word => lower[index].includes(word)));
    if (found.sorted !== null) {
      const at = found.sorted, sign = found.down ? -1 : 1;
      found.rows.sort((left, right) => compare(one.rows[left][at], one.rows[right][at], sign) || left - right);
    }
    fill();
  }

  one.columns.forEach(([, title, unit], at) => {
    const heading = make("th", {class: isNumber(unit) ? "number" : "", scope: "col", tabindex: "0"}, title);
    const sort = () => {
      found.down = found.sorted === at ? !found.down : isNumber(unit);
      found.sorted = at;
      head.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", found.down ? "descending" : "ascending");
      order();
    };
    heading.addEventListener("click", sort);
    heading.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
    head.append(heading);
  });
  search.addEventListener("input", () => { found.words = search.value; found.limit = PAGE; order(); });
  more.addEventListener("click", () => { found.limit += 1000; fill(); });
  parent.append(make("h3", {}, one.title), make("div", {class: "tools"}, search, count, more),
    make("div", {class: "scroll"}, make("table", {id: `table-${one.name}`}, make("thead", {}, head), body)));
  fill();
}

// What is unknown comes last, whichever way the rest is sorted.
function compare(left, right, sign) {
  if (left === null || right === null) return (left === null) - (right === null);
  if (typeof left === "number" && typeof right === "number") return sign * (left - right);
  return sign * String(left).localeCompare(String(right), "en", {numeric: true});
}

// The page -------------------------------------------------------------------------------------------------------------

function section(title) {
  const element = make("section", {}, make("h2", {}, title));
  by("main").append(element);
  return element;
}

by("title").textContent = data.title;
for (const [name, value] of [["Begin", time(0)], ["Duration", duration(data.duration_ns)], ...data.summary]) {
  by("summary").append(make("dt", {}, name), make("dd", name === "Lost" && value !== "nothing" ? {class: "lost"} : {}, value));
}
for (const one of data.charts) usage(section(one.title), one);
if (data.spans !== null && data.spans.rows.length) {
  const own = section("Spans over time");
  if (data.spans.total > data.spans.rows.length)
    own.append(make("p", {class: "remark"}, `The ${data.spans.rows.length} longest of ${data.spans.total.toLocaleString("en")} spans.`));
  spanLine(own, data.spans);
}
for (const one of data.sections) {
  const own = section(one.title);
  one.remarks.forEach(text => own.append(make("p", {class: "remark"}, text)));
  one.tables.forEach(each => table(own, each));
}
by("whole").addEventListener("click", () => show(0, whole));
by("in").addEventListener("click", () => zoom(0.5));
by("out").addEventListener("click", () => zoom(2));
document.addEventListener("keydown", event => {
  if (event.target instanceof HTMLInputElement) return;
  const act = {"0": () => show(0, whole), "+": () => zoom(0.5), "-": () => zoom(2)}[event.key];
  if (act) act();
});
window.addEventListener("resize", paint);
paint();
document.documentElement.dataset.ready = "yes";
