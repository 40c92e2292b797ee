"""The page in a browser: it loads in time, zooms, sorts and searches, and the console stays empty."""

import re
import shutil
import sys

import pytest

from commands import KERNEL, TOP, babeltrace2
from lttngx.render.tables import Column, Table, Unit
from lttngx.report import document
from lttngx.report.page import render
from recorded import unpacked

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium (extra `test`) is not installed")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1300,1000")
# Longest wait until a page of a million events is drawn, in ms.
LOADED_MS = 2000


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver (Debian: chromium, chromium-driver) are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in FLAGS:
        options.add_argument(flag)
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of a small kernel trace."""
    path = tmp_path_factory.mktemp("report") / "r.html"
    babeltrace2(KERNEL, "-c", "sink.lttngx.report", "-p", f'path="{path}",packs=["syscalls","irq"],utc=yes,title=Small')
    return path


def open_page(browser, path):
    """Open a page; return the ms from the start of its loading until it is drawn."""
    browser.get(path.as_uri())
    WebDriverWait(browser, 20).until(lambda at: at.execute_script("return document.documentElement.dataset.ready") == "yes")
    return browser.execute_script("return performance.now()")


def complaints(browser):
    """Return what the console says, but for information."""
    return [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"]


def painted(browser, selector):
    """Return the share of a canvas's pixels which are not empty, and the pixels' checksum."""
    return browser.execute_script(
        "const c = document.querySelector(arguments[0]), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0, sum = 0; for (let i = 0; i < d.length; i += 4) { n += d[i + 3] > 0; sum = (sum * 31 + d[i] + d[i + 3]) % 1e9; }"
        "return [n / (c.width * c.height), sum]", selector)


def visible(browser):
    return browser.find_element(By.ID, "visible").text


def column(browser, name, place):
    """Return the texts of a table's column, numbered from 0."""
    return [row.find_elements(By.TAG_NAME, "td")[place].text
            for row in browser.find_elements(By.CSS_SELECTOR, f"#table-{name} tbody tr")]


def test_the_page_loads_with_an_empty_console(browser, report):
    open_page(browser, report)
    assert browser.find_element(By.TAG_NAME, "h1").text == "Small"
    assert len(browser.find_elements(By.CSS_SELECTOR, "canvas.timed")) == 4
    # Wake-up latency, preemption, off the CPU, system calls, hard interrupts, softirqs.
    assert len(browser.find_elements(By.CSS_SELECTOR, "canvas.plain")) == 6
    assert complaints(browser) == []


def test_charts_zoom_and_move(browser, report):
    open_page(browser, report)
    whole = visible(browser)
    assert whole == "2026-11-22 21:00:46.069279231 + 1.203 s"
    canvas = browser.find_element(By.TAG_NAME, "canvas")
    browser.execute_script(
        "arguments[0].dispatchEvent(new WheelEvent('wheel', {deltaY: -1, clientX: 700, clientY: 0, bubbles: true, cancelable: true}))", canvas)
    WebDriverWait(browser, 5).until(lambda at: visible(at) != whole)
    assert visible(browser).endswith("962.004 ms"), "four fifths of 1,202,504,461 ns are 962,003,569 ns"
    before = visible(browser)
    ActionChains(browser).move_to_element(canvas).click_and_hold().move_by_offset(-100, 0).release().perform()
    WebDriverWait(browser, 5).until(lambda at: visible(at) != before)
    assert visible(browser).endswith("962.004 ms")
    browser.find_element(By.ID, "whole").click()
    WebDriverWait(browser, 5).until(lambda at: visible(at) == whole)


def test_the_charts_are_drawn(browser, report):
    open_page(browser, report)
    # Three of four CPUs are busy: their strips fill most of the chart.
    assert 0.3 < painted(browser, "canvas")[0] < 0.95


def test_the_keyboard_zooms_and_moves(browser, report):
    open_page(browser, report)
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys("+")
    WebDriverWait(browser, 5).until(lambda at: visible(at).endswith("601.252 ms"))
    before = visible(browser)
    body.send_keys(Keys.ARROW_RIGHT)
    WebDriverWait(browser, 5).until(lambda at: visible(at) != before)
    assert visible(browser).endswith("601.252 ms")
    body.send_keys("0")
    WebDriverWait(browser, 5).until(lambda at: visible(at).endswith("1.203 s"))
    browser.find_element(By.CSS_SELECTOR, "input").send_keys("+")
    assert visible(browser).endswith("1.203 s"), "a key in a field is the field's"


def test_a_distribution_is_chosen_by_name(browser, report):
    open_page(browser, report)
    canvas = browser.find_element(By.ID, "distribution-syscalls_call")
    chooser = browser.find_element(By.CSS_SELECTOR, "select[aria-label='distribution of: System calls']")
    calls = [option.text for option in Select(chooser).options]
    assert [call.split()[0] for call in calls] == column(browser, "syscalls_call_stats", 0)
    before, text = painted(browser, "#distribution-syscalls_call"), canvas.get_attribute("aria-label")
    chosen = next(call for call in calls if call.startswith("read "))
    Select(chooser).select_by_visible_text(chosen)
    after = canvas.get_attribute("aria-label")
    assert painted(browser, "#distribution-syscalls_call") != before
    assert after != text and re.match(rf"System calls, read: {re.search('[(](.*)[)]', chosen)[1]} durations · p50 .* · p99.9 ", after)
    row = next(row for row in browser.find_elements(By.CSS_SELECTOR, "#table-syscalls_call_stats tbody tr") if row.text.startswith("read "))
    cells = [cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
    assert all(f"p{percent} {cells[6 + at]}" in after for at, percent in enumerate((50, 90, 99)))


def test_dark_mode_changes_the_colours(browser, report):
    open_page(browser, report)
    light = [painted(browser, "canvas"), *(browser.execute_script(
        "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]"))]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        WebDriverWait(browser, 5).until(lambda at: painted(at, "canvas")[1] != light[0][1])
        dark = [painted(browser, "canvas"), *(browser.execute_script(
            "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]"))]
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert all(one != other for one, other in zip(light, dark)) and dark[0][0] == light[0][0]


def test_tables_sort_both_ways(browser, report):
    open_page(browser, report)
    heading = browser.find_elements(By.CSS_SELECTOR, "#table-threads th")[3]
    assert heading.text == "TID"
    browser.execute_script("arguments[0].click()", heading)
    down = [int(text) for text in column(browser, "threads", 3)]
    assert down == sorted(down, reverse=True) and len(down) > 30
    browser.execute_script("arguments[0].click()", heading)
    assert [int(text) for text in column(browser, "threads", 3)] == down[::-1]
    assert heading.get_attribute("aria-sort") == "ascending"


def test_tables_search(browser, report):
    open_page(browser, report)
    search = next(one for one in browser.find_elements(By.TAG_NAME, "input") if "Per-TID" in one.get_attribute("aria-label"))
    search.send_keys("BURN 2026-none")
    assert column(browser, "threads", 2) == []
    search.clear()
    search.send_keys("burn")
    names = column(browser, "threads", 2)
    assert names and all("burn" in name for name in names)


def test_strange_names_and_long_tables(browser, tmp_path):
    """Names which look like HTML are text; a table of 10,000 rows with names of 5,000 characters opens, sorts and searches."""
    html, count = "<img src=x onerror=console.error(1)>&amp;</script>", 10_000
    rows = tuple((f"{number} {html}", number, None if number % 2 else number * 1000) for number in range(count - 1)) + (("x" * 5000, count, 1),)
    columns = (Column("name", html), Column("count", "Count", Unit.COUNT), Column("duration", "Duration", Unit.DURATION))
    spans = {"paths": [html], "lanes": [1], "rows": [[0, 900, 0, 0, html * 100, "", 0]], "total": 1, "limit": 1}
    data = {"title": html, "begin_ns": "0", "utc": True, "duration_ns": 1000, "summary": [["Trace", html]], "losses": [], "percentiles": [50],
            "charts": [{"name": "cpus", "title": html, "begin": 0, "step": 500, "rows": [["y" * 5000, [0.5, 1]]]}], "spans": spans,
            "sections": [{"title": html, "remarks": [html], "distributions": [
                {"name": "d", "table": "many", "title": html, "per_decade": 10, "groups": [
                    {"label": html, "count": 1, "first": 0, "counts": [1], "percentiles": [0]}]}],
                "tables": [document._table(Table("many", html, columns, rows), 0, "{}")]}]}
    path = tmp_path / "r.html"
    path.write_text(render(data, html), encoding="utf-8")
    # What it says of pages before is not about this one.
    complaints(browser)
    assert open_page(browser, path) <= LOADED_MS
    assert browser.find_element(By.TAG_NAME, "h1").text == html and browser.find_elements(By.TAG_NAME, "img") == []
    search = browser.find_element(By.CSS_SELECTOR, "input")
    search.send_keys("9998 <img")
    assert column(browser, "many", 0) == [f"9998 {html}"]
    search.clear()
    search.send_keys("xxxx")
    assert column(browser, "many", 1) == ["10,000"]
    assert browser.find_element(By.CSS_SELECTOR, "#table-many td").size["width"] < 800
    search.clear()
    search.send_keys(" ")
    heading = browser.find_elements(By.CSS_SELECTOR, "#table-many th")[2]
    heading.send_keys(Keys.ENTER)
    assert column(browser, "many", 2)[0] == "9.998 ms"
    heading.send_keys(Keys.ENTER)
    # What is unknown is last both ways.
    assert column(browser, "many", 2)[:3] == ["0 ns", "1 ns", "2.000 µs"]
    assert complaints(browser) == []


def test_a_million_events_open_in_time(browser, tmp_path):
    """The page of the recorded trace seventeen times over."""
    sys.path.insert(0, str(TOP / "benchmarks"))
    try:
        import longer
    finally:
        sys.path.pop(0)
    longer.lengthen(unpacked("kernel-asmall") / "kernel", tmp_path / "trace", 17)
    path = tmp_path / "r.html"
    babeltrace2("-c", "source.lttngx.ctf", "-p", f'inputs=["{tmp_path / "trace"}"]', "-c", "sink.lttngx.report", "-p",
                f'path="{path}",step="120ms"')
    assert open_page(browser, path) <= LOADED_MS
    assert "1,028,976 of 63 names" in browser.find_element(By.ID, "summary").text
