// Puts the page together.

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
  for (const each of one.tables) {
    one.distributions.filter(other => other.table === each.name).forEach(other => distribution(own, other));
    table(own, each);
  }
}
by("whole").addEventListener("click", () => show(0, whole));
by("in").addEventListener("click", () => zoom(0.5));
by("out").addEventListener("click", () => zoom(2));
document.addEventListener("keydown", event => {
  // Keys with a modifier are the browser's, those in a field are the field's.
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  const act = {"0": () => show(0, whole), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2),
    ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25)}[event.key];
  if (act) act();
});
window.addEventListener("resize", paint);
// Canvases keep the colours with which they were drawn.
for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", paint);
paint();
document.documentElement.dataset.ready = "yes";
