// Charts over time: CPU usage, spans.

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
  chart(parent, one.title, one.rows.length, {body, labels}, (offset, y) => {
    const row = one.rows[Math.floor(y / ROW)], at = Math.floor((offset - one.begin) / one.step);
    if (!row || at < 0 || at >= row[1].length) return null;
    return `${row[0]}\n${time(one.begin + at * one.step)} + ${duration(one.step)}\n${(row[1][at] * 100).toFixed(2)} % of a CPU`;
  });
}

// Spans: a block of lanes a definition.
const LANES = 24;

// Text on a span is white: the ground is dark enough.
const SHADE = "45% 40%", TITLE = 200;

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
      context.fillStyle = span[6] ? colour("--loss") : `hsl(${hue(span[4])} ${SHADE})`;
      context.fillRect(left, row * ROW + 1, Math.max(right - left, 0.8), ROW - 2);
      if (right - left > 60) {
        context.fillStyle = "#fff";
        context.save();
        context.beginPath();
        context.rect(left, row * ROW, right - left, ROW);
        context.clip();
        context.fillText(span[4].slice(0, TITLE), left + 3, row * ROW + ROW / 2);
        context.restore();
      }
    }
  };
  const labels = spans.paths.map((path, index) => [tops[index], path]);
  const hidden = spans.rows.filter(span => rowOf(span) === null).length;
  if (hidden) parent.append(make("p", {class: "remark"}, `${hidden} spans which overlap ${LANES} others or more are not drawn.`));
  chart(parent, "Spans over time", rows, {body, labels}, (offset, y) => {
    const slack = (view.end - view.begin) / 1000, row = Math.floor(y / ROW);
    const span = spans.rows.find(one => rowOf(one) === row && one[0] - slack <= offset && offset <= one[0] + one[1] + slack);
    if (!span) return null;
    const marks = [span[5], span[6] ? "events lost" : ""].filter(Boolean).join(", ");
    return `${span[4]}\n${time(span[0])} + ${duration(span[1])}${marks ? `\n${marks}` : ""}`;
  });
}
