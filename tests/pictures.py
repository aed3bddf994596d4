"""Pictures of the documentation: the audit of the demo corpus in headless Chromium. `make pictures` makes them again.

The demo's photographs come with scikit-image and are free; the others are drawn.
"""

import io
import sys
import tempfile
import threading
from pathlib import Path

import pyarrow.dataset as ds
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from lookalike.pipelines.cli.main import main as run_command
from lookalike.pipelines.review.server.serving import serving
from tests.architecture import ROOT
from tests.browser.chromium import chromium, visit

PICTURES = ROOT / "docs" / "pictures"
CLUSTER, COPY = "retina.jpg", "retina-crop_30.jpg"
"""What is shown by itself, and the copy that is laid over its original."""


HIDE_FOLDER = """
const texts = document.createTreeWalker(document.querySelector("dialog[open]"), NodeFilter.SHOW_TEXT);
while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(arguments[0], "/home/you/lookalike");
"""
"""Script: the folder in which the pictures are made is nobody's concern."""


def save(png: bytes, name: str) -> None:
    """As WebP, which takes a third of the room."""
    Image.open(io.BytesIO(png)).convert("RGB").save(PICTURES / f"{name}.webp", quality=85, method=6)


def names(cluster: WebElement) -> list[str]:
    """File names of a cluster's members, the kept copy first."""
    return [
        figure.get_attribute("title").rsplit("/", 1)[-1] for figure in cluster.find_elements(By.TAG_NAME, "figcaption")
    ]


def show_review(browser: webdriver.Chrome, audit: str) -> None:
    """A page of `lookalike review`, on which a copy was judged."""
    with tempfile.TemporaryDirectory() as folder, serving(audit, f"{folder}/verdicts.csv", "ada") as (server, address):
        threading.Thread(target=server.run, daemon=True).start()
        visit(browser, address)
        browser.execute_async_script("setTimeout(arguments[0], 1000)")
        keys = browser.switch_to.active_element.send_keys
        for key in "jnx":
            keys(key)
        browser.execute_async_script("setTimeout(arguments[0], 1000)")
        browser.execute_script(
            "document.getElementById('noted').textContent = '1 verdict in verdicts.csv';"
            "document.querySelector('header .soft').textContent = 'out/demo/images';"
            "scrollTo(0, 0)"
        )
        save(browser.get_screenshot_as_png(), "review")


def show_comparison(browser: webdriver.Chrome, audit: str) -> None:
    """The first matches of edited photographs of the demo among their originals; a hyphen in a name tells them."""
    uris = ds.dataset(f"{audit}/fingerprints").to_table(columns=["uri"])["uri"].to_pylist()
    photographs = {uri: Path(uri).stem for uri in uris if not Path(uri).name.startswith("drawn_")}
    test = [uri for uri, name in photographs.items() if "-" in name and not name.endswith("-png")]  # these look equal
    train = [uri for uri, name in photographs.items() if "-" not in name]
    with tempfile.TemporaryDirectory() as folder:
        leaks = Path(folder, "leaks")
        Path(folder, "test.txt").write_text("\n".join(test))
        Path(folder, "train.txt").write_text("\n".join(train))
        run_command(["compare", f"{folder}/test.txt", "--against", f"{folder}/train.txt", "--output", str(leaks)])
        visit(browser, leaks / "report.html")
        browser.execute_script("document.querySelector('header .soft').textContent = 'test.txt against train.txt'")
        save(browser.get_screenshot_as_png(), "leaks")


def main(audit: str) -> None:
    """Take all pictures of an audit of the demo corpus."""
    with chromium() as browser:
        show_review(browser, audit)
        visit(browser, Path(audit, "report.html").resolve())
        save(browser.get_screenshot_as_png(), "report")
        browser.find_element(By.NAME, "text").send_keys(CLUSTER)
        browser.find_element(By.TAG_NAME, "h1").click()
        cluster = browser.find_element(By.CSS_SELECTOR, "section.cluster")
        save(cluster.screenshot_as_png, "cluster")
        keys = browser.switch_to.active_element.send_keys
        keys("j")
        for _ in range(names(cluster).index(COPY) - 1):
            keys("n")
        keys(Keys.ENTER)
        keys("o")
        browser.execute_async_script("setTimeout(arguments[0], 1000)")
        browser.execute_script(HIDE_FOLDER, str(Path.cwd()))
        save(browser.get_screenshot_as_png(), "compare")
        show_comparison(browser, audit)


if __name__ == "__main__":
    main(sys.argv[1])
