"""The report page in a real browser, headless Chromium: `make test-browser`."""

import csv
import io

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from lookalike.pipelines.review import report
from lookalike.pipelines.review.verdict_file import load
from tests.browser.chromium import chromium, requests, visit
from tests.flows.test_audit import run
from tests.flows.test_report import LIMITS, row, write
from tests.synthetic import draw_picture, encoded, make_corpus


@pytest.fixture(scope="module")
def browser():
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    place = tmp_path_factory.mktemp("browser")
    make_corpus(place / "images", groups=6)
    assert run("audit", place / "images", "--output", place / "first") == 0
    (place / "images" / "another.jpg").write_bytes(encoded(draw_picture(1003, 400, 300), quality=50))
    assert run("audit", place / "images", "--output", place / "second", "--since", place / "first") == 0
    return place / "second"


def press(browser, *keys):
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def pixels(browser):
    """Mean brightness of the canvas in the comparison."""
    return browser.execute_script(
        """
        const c = document.querySelector("#stage canvas");
        const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        let sum = 0;
        for (let i = 0; i < d.length; i += 4) sum += d[i] + d[i + 1] + d[i + 2];
        return sum / (d.length / 4) / 3;
        """
    )


def wait_for_canvas(browser, count=1):
    browser.execute_async_script("setTimeout(arguments[0], 250)")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#stage canvas")) == count


def test_no_errors_and_no_requests(browser, audited):
    visit(browser, audited / "report.html")
    assert len(browser.find_elements(By.CSS_SELECTOR, "section.cluster")) == 6
    press(browser, "j", Keys.ENTER, "d", "o", "s", Keys.ESCAPE)
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    assert requests(browser) == []


def test_the_difference_of_aligned_copies_is_dark(browser, audited):
    visit(browser, audited / "report.html")
    browser.find_element(By.NAME, "text").send_keys("g1-mirror")
    browser.find_element(By.TAG_NAME, "h1").click()
    press(browser, "j")
    names = [f.get_attribute("title").rsplit("/", 1)[-1] for f in browser.find_elements(By.CSS_SELECTOR, "figcaption")]
    for _ in range(names.index("g1-mirror.jpg") - 1):
        press(browser, "n")
    press(browser, Keys.ENTER)
    wait_for_canvas(browser, 2)
    press(browser, "o")
    wait_for_canvas(browser)
    bright = pixels(browser)
    press(browser, "d")
    wait_for_canvas(browser)
    assert pixels(browser) < 0.12 * bright, "the mirrored copy lies on its original"
    assert "mirrored" in browser.find_element(By.ID, "facts").text
    press(browser, Keys.ESCAPE)


def test_sorting_filtering_and_the_delta(browser, audited):
    visit(browser, audited / "report.html")
    assert "1 grown" in browser.find_element(By.TAG_NAME, "main").text
    order = lambda: [e.get_attribute("id") for e in browser.find_elements(By.CSS_SELECTOR, "section.cluster")]  # noqa: E731
    by_size = order()
    browser.find_element(By.CSS_SELECTOR, "option[value=id]").click()
    assert order() == sorted(by_size)
    browser.find_element(By.XPATH, "//select[@name='kind']/option[text()='grown']").click()
    assert len(order()) == 1 and "another.jpg" in browser.find_element(By.ID, "clusters").text
    browser.find_element(By.NAME, "text").send_keys("no such name")
    assert order() == [] and browser.find_element(By.ID, "shown").text == "0 of 6"


def test_verdicts_that_were_clicked_are_exported_and_respected(browser, audited, tmp_path):
    visit(browser, audited / "report.html")
    press(browser, "j", "x")
    assert "Export 1 verdict" in browser.find_element(By.ID, "export").text
    text = browser.execute_script("return verdictsFile()")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["verdict"] for row in rows] == ["not duplicates"]
    (tmp_path / "verdicts.csv").write_text(text)
    assert len(load(str(tmp_path / "verdicts.csv")).apart) == 1
    images = audited.parent / "images"
    assert (
        run("audit", images, "--output", tmp_path / "out", "--verdicts", tmp_path / "verdicts.csv", "--since", audited)
        == 0
    )
    press(browser, "x")
    assert not browser.find_element(By.ID, "export").is_displayed()


def test_a_thousand_clusters_paint_within_a_second(browser, tmp_path):
    thumbnail = encoded(draw_picture(1, 128, 96), quality=75)
    rows = [row(f"{n:05d}", f"/{n}/{m}.jpg", f"/{n}/0.jpg", 3) for n in range(1000) for m in range(3)]
    record = write(tmp_path / "run", rows, uris=[r["uri"] for r in rows], thumbnail=thumbnail)
    limits = LIMITS.model_copy(update={"clusters": 1000})
    (tmp_path / "report.html").write_text(report.render(str(tmp_path / "run"), record, limits))
    visit(browser, tmp_path / "report.html")
    paint = browser.execute_script("return performance.getEntriesByType('paint').map(e => e.startTime)")
    print(f"first paint of {(tmp_path / 'report.html').stat().st_size / 1e6:.1f} MB after {min(paint):.0f} ms")
    assert len(browser.find_elements(By.CSS_SELECTOR, "section.cluster")) < 200, "cards are made as they come into view"
    for _ in range(40):
        press(browser, "j")
    assert browser.find_element(By.CSS_SELECTOR, ".cluster.current").get_attribute("id") == "00039"
