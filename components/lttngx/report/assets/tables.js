// Tables: sort, search, more rows on demand.

// Rows shown at first; length of texts which may not fit.
const PAGE = 100, LONG = 40;

function table(parent, one) {
  const found = {rows: one.rows.map((_, index) => index), sorted: null, down: false, limit: PAGE, words: ""};
  const search = make("input", {type: "search", placeholder: "search", "aria-label": `search in ${one.title}`});
  const count = make("span", {class: "remark"}), more = make("button");
  const head = make("tr"), body = make("tbody");
  // Texts are made when they are needed: most rows of a long table are never shown.
  const texts = new Array(one.rows.length), lower = new Array(one.rows.length);
  const textsOf = index => texts[index] ??= one.rows[index].map((value, at) => cell(value, one.columns[at][2]));
  const lowerOf = index => lower[index] ??= textsOf(index).join("\u0001").toLowerCase();
  const widest = one.bar === null ? 1 : Math.max(1e-12, ...one.rows.map(row => row[one.bar]));

  function fill() {
    body.replaceChildren(...found.rows.slice(0, found.limit).map(index => {
      const row = make("tr");
      textsOf(index).forEach((text, at) => {
        const unit = one.columns[at][2], element = make("td", {class: at === one.bar ? "bar" : isNumber(unit) ? "number" : ""}, text);
        if (text.length > LONG) element.title = text;
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
    found.rows = one.rows.map((_, index) => index).filter(index => words.every(word => lowerOf(index).includes(word)));
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
    heading.addEventListener("keydown", event => { if (["Enter", " "].includes(event.key)) { event.preventDefault(); sort(); } });
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
