// Canvases over the visible range: rows, a time axis, losses; wheel, drag and hover.
const LABEL = 190, ROW = 16, AXIS = 20;

// Sets a canvas's size on the page; returns a context to draw on it with.
function cleared(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  return context;
}

// Adds a canvas whose rows share the visible range. about: its name for those who cannot see it. draw.body(context, x) draws
// them, draw.labels are (row, text); tell(offset, y) says what is there.
function chart(parent, about, rows, draw, tell) {
  const canvas = make("canvas", {role: "img", "aria-label": about, class: "timed"}), height = rows * ROW + AXIS;
  parent.append(canvas);
  let width = 0;
  const x = offset => LABEL + (offset - view.begin) / (view.end - view.begin) * (width - LABEL);
  const offsetAt = pixel => view.begin + (pixel - LABEL) / (width - LABEL) * (view.end - view.begin);
  painters.push(pageWidth => {
    width = pageWidth;
    const context = cleared(canvas, width, height);
    context.save();
    context.beginPath();
    context.rect(LABEL, 0, width - LABEL, height);
    context.clip();
    draw.body(context, x);
    losses(context, x, rows * ROW);
    context.restore();
    context.fillStyle = colour("--ink");
    draw.labels.forEach(([row, text]) => context.fillText(clipped(context, text), 0, row * ROW + ROW / 2));
    axis(context, x, width, rows * ROW);
  });
  follow(canvas, offsetAt, tell);
}

function clipped(context, text) {
  text = text.slice(0, LABEL);
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
  element.style.left = `${Math.max(0, Math.min(event.clientX + 14, window.innerWidth - element.offsetWidth - 8))}px`;
  element.style.top = `${Math.max(0, Math.min(event.clientY + 14, window.innerHeight - element.offsetHeight - 8))}px`;
}
