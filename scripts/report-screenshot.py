#!/usr/bin/env python3
"""Makes docs/images/report.png: the top of the page which `lttngx report` writes about a kernel trace of this repository.

Needs what `scripts/test.sh` installs: selenium, chromium and its driver. Run it with `.venv/bin/python`.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

TOP = Path(__file__).resolve().parent.parent
TRACE = TOP / "tests/data/traces/kernel-asmall.tar.xz"
IMAGE = TOP / "docs/images/report.png"
SIZE = (1240, 1400)
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
         "--hide-scrollbars", "--window-size={},{}".format(*SIZE))
# The README's picture shows parts of the page: a heading each, in this order.
PARTS = ("CPU usage over time, by CPU", "CPU usage over time, by container", "Spans over time", "System calls")
# The system call whose distribution is shown.
CALL = "epoll_wait"


def write_page(folder: Path) -> Path:
    """Write the page of the trace into a folder; return its path."""
    with tarfile.open(TRACE) as archive:
        archive.extractall(folder)
    page = folder / "report.html"
    subprocess.run([sys.executable, "-m", "lttngx", "report", str(folder / "kernel-asmall"), "--packs", "irq", "--packs", "softirq",
                    "--step", "13ms", "--utc", "-o", str(page)],
                   cwd=TOP / "components", check=True, env=os.environ | {"BABELTRACE_PLUGIN_PATH": str(TOP)})
    return page


def browser() -> webdriver.Chrome:
    """Return a headless Chromium."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in FLAGS:
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


def take(driver: webdriver.Chrome, page: Path) -> None:
    """Write the picture."""
    driver.get(page.as_uri())
    WebDriverWait(driver, 20).until(lambda at: at.execute_script("return document.documentElement.dataset.ready") == "yes")
    driver.execute_script(
        "for (const section of document.querySelectorAll('section'))"
        "  if (!arguments[0].includes(section.querySelector('h2').textContent)) section.remove();", PARTS)
    chooser = Select(driver.find_element(By.CSS_SELECTOR, "main select"))
    chooser.select_by_visible_text(next(option.text for option in chooser.options if option.text.startswith(CALL)))
    IMAGE.parent.mkdir(exist_ok=True)
    driver.save_screenshot(str(IMAGE))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        window = browser()
        try:
            take(window, write_page(Path(made)))
        finally:
            window.quit()
