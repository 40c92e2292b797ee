"""The page in a browser: it loads in time, zooms, sorts and searches, and the console stays empty."""

import shutil
import sys

import pytest

from commands import KERNEL, TOP, babeltrace2
from recorded import unpacked

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium (extra `test`) is not installed")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

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


def visible(browser):
    return browser.find_element(By.ID, "visible").text


def column(browser, name, place):
    """Return the texts of a table's column, numbered from 0."""
    return [row.find_elements(By.TAG_NAME, "td")[place].text
            for row in browser.find_elements(By.CSS_SELECTOR, f"#table-{name} tbody tr")]


def test_the_page_loads_with_an_empty_console(browser, report):
    open_page(browser, report)
    assert browser.find_element(By.TAG_NAME, "h1").text == "Small"
    assert len(browser.find_elements(By.TAG_NAME, "canvas")) == 4
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []


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
    painted = browser.execute_script(
        "const c = document.querySelector('canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n / (c.width * c.height)")
    # Three of four CPUs are busy: their strips fill most of the chart.
    assert 0.3 < painted < 0.95


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
                f'path="{path}",packs="syscalls",step="120ms"')
    assert open_page(browser, path) <= LOADED_MS
    assert "1,028,976 of 63 names" in browser.find_element(By.ID, "summary").text
