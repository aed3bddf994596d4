"""Headless Chromium, and what it asked the network for."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1280,900")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


@contextlib.contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser for as long as it is needed."""
    options = Options()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in (*FLAGS, *QUIET):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def visit(browser: webdriver.Chrome, page: Path | str) -> None:
    """Open a file, or an address of this machine, with empty logs."""
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(f"file://{page}" if isinstance(page, Path) else page)


def requests(browser: webdriver.Chrome) -> list[str]:
    """Addresses, of files apart, that were asked for since the last visit."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url for url in urls if not url.startswith(("data:", "file:", "blob:"))]
