// The visible range of time, which all charts share; everything is drawn again when it changes.
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

function move(share) {
  const way = (view.end - view.begin) * share;
  show(view.begin + way, view.end + way);
}

function paint() {
  by("visible").textContent = `${time(view.begin)} + ${duration(view.end - view.begin)}`;
  // Canvases are as wide as sections. Asked of each canvas, the page would be laid out again for each.
  const width = document.querySelector("section").clientWidth;
  painters.forEach(painter => painter(width));
}
