// Distributions of durations: logarithmic bins of one group, which is chosen from a list; its percentiles are marked.

const PLOT = 130, MARKS = 52, LEFT = 60, RIGHT = 20;

function distribution(parent, one) {
  const canvas = make("canvas", {role: "img", class: "plain", id: `distribution-${one.name}`}), figures = make("p", {class: "remark"});
  const chooser = make("select", {"aria-label": `distribution of: ${one.title}`},
    ...one.groups.map(group => make("option", {}, `${group.label} (${grouped.format(group.count)})`)));
  let group = one.groups[0];
  const draw = width => drawBins(canvas, width, one.per_decade, group);
  const choose = () => {
    group = one.groups[chooser.selectedIndex];
    figures.textContent = [`${grouped.format(group.count)} durations`, ...marks(group).map(([name, value]) => `${name} ${duration(value)}`)].join(" · ");
    canvas.setAttribute("aria-label", `${one.title}, ${group.label}: ${figures.textContent}`);
  };
  chooser.addEventListener("change", () => { choose(); draw(canvas.clientWidth); });
  const tell = event => tip(tellBin(canvas, one.per_decade, group, event.clientX - canvas.getBoundingClientRect().left), event);
  canvas.addEventListener("pointermove", tell);
  canvas.addEventListener("pointerleave", event => tip(null, event));
  parent.append(make("h3", {}, `${one.title}, distribution`),
    make("div", {class: "tools"}, ...(one.groups.length > 1 ? [chooser] : []), figures), canvas);
  choose();
  painters.push(draw);
}

const marks = group => data.percentiles.map((percent, at) => [`p${percent}`, group.percentiles[at]]).filter(([, value]) => value !== null);

// The lower bound of a bin in ns; bin 0 holds what is shorter, too.
const lowerOf = (bin, perDecade) => bin === 0 ? 0 : 10 ** (bin / perDecade);

// The bins' place: whole decades around them.
function scale(width, perDecade, group) {
  const first = Math.floor(group.first / perDecade) * perDecade;
  const last = Math.ceil((group.first + group.counts.length) / perDecade) * perDecade;
  const room = width - LEFT - RIGHT, bins = last - first;
  return {first, last, x: bin => LEFT + (bin - first) / bins * room, binAt: pixel => first + (pixel - LEFT) / room * bins};
}

function drawBins(canvas, width, perDecade, group) {
  const context = cleared(canvas, width, MARKS + PLOT + AXIS), {first, last, x} = scale(width, perDecade, group);
  const bottom = MARKS + PLOT, most = Math.max(1, ...group.counts);
  context.fillStyle = colour("--faint");
  for (let bin = first; bin <= last; bin += perDecade) {
    context.globalAlpha = 0.3;
    context.fillRect(x(bin), MARKS, 1, PLOT);
    context.globalAlpha = 1;
    context.textAlign = "center";
    context.fillText(decade(bin / perDecade), x(bin), bottom + 11);
  }
  context.textAlign = "right";
  context.fillText(grouped.format(most), LEFT - 6, MARKS + 5);
  context.fillText("0", LEFT - 6, bottom - 4);
  context.textAlign = "left";
  context.fillStyle = colour("--mark");
  group.counts.forEach((count, at) => {
    // What is there is seen, however rare.
    const height = count ? Math.max(count / most * PLOT, 1) : 0, left = x(group.first + at);
    context.fillRect(left, bottom - height, Math.max(x(group.first + at + 1) - left - 1, 1), height);
  });
  marks(group).forEach(([name, value], row) => {
    const left = x(value > 1 ? Math.log10(value) * perDecade : 0), top = row * 13 + 7, text = `${name}  ${duration(value)}`;
    const turned = left + context.measureText(text).width + 8 > width;
    context.fillStyle = colour("--ink");
    context.fillRect(left, top, 1, bottom - top);
    context.textAlign = turned ? "right" : "left";
    context.fillText(text, left + (turned ? -5 : 5), top);
  });
}

function tellBin(canvas, perDecade, group, pixel) {
  const bin = Math.floor(scale(canvas.clientWidth, perDecade, group).binAt(pixel)), at = bin - group.first;
  if (!(at >= 0 && at < group.counts.length)) return null;
  const below = group.counts.slice(0, at + 1).reduce((sum, count) => sum + count, 0), share = count => `${(100 * count / group.count).toFixed(2)} %`;
  return `[${duration(lowerOf(bin, perDecade))}, ${duration(lowerOf(bin + 1, perDecade))})\n` +
    `${grouped.format(group.counts[at])} durations, ${share(group.counts[at])}\n${share(below)} are shorter than this bin's end`;
}

// 10^n ns, as short as an axis needs it.
function decade(exponent) {
  const [unit, zero] = [["ns", 0], ["µs", 3], ["ms", 6], ["s", 9]].findLast(([, from]) => exponent >= from);
  return `${10 ** (exponent - zero)} ${unit}`;
}
