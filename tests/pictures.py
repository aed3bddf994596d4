"""Pictures of the documentation: the report of the demo corpus in headless Chromium. `make pictures` makes them again.

The demo's photographs come with scikit-image and are free; the others are drawn.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.architecture import ROOT
from tests.browser.chromium import chromium, visit

PICTURES = ROOT / "docs" / "pictures"
CLUSTER, COPY = "retina.jpg", "retina-crop_30.jpg"
"""What is shown by itself, and the copy that is laid over its original."""


def save(png: bytes, name: str) -> None:
    """As WebP, which takes a third of the room."""
    Image.open(io.BytesIO(png)).convert("RGB").save(PICTURES / f"{name}.webp", quality=85, method=6)


def names(cluster: WebElement) -> list[str]:
    """File names of a cluster's members, the kept copy first."""
    return [
        figure.get_attribute("title").rsplit("/", 1)[-1] for figure in cluster.find_elements(By.TAG_NAME, "figcaption")
    ]


def main(report: str) -> None:
    """Take all pictures of a report of the demo corpus."""
    with chromium() as browser:
        visit(browser, Path(report).resolve())
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
        save(browser.get_screenshot_as_png(), "compare")


if __name__ == "__main__":
    main(sys.argv[1])
