"""The page that `lookalike review` serves, in headless Chromium, with an audit of 100,000 clusters."""

import threading

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lookalike.pipelines.review.server.serving import serving
from lookalike.pipelines.review.verdict_file import load
from tests.browser.chromium import chromium, requests, visit
from tests.browser.test_report_page import press
from tests.synthetic_audit import synthetic_audit

CLUSTERS = 100_000


@pytest.fixture(scope="module")
def browser():
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    return synthetic_audit(tmp_path_factory.mktemp("large") / "audit", CLUSTERS)


@pytest.fixture(scope="module")
def served(audit, tmp_path_factory):
    """Address of the server, and the file that verdicts go to."""
    file = tmp_path_factory.mktemp("verdicts") / "verdicts.csv"
    with serving(str(audit), str(file), "ada") as (server, address):
        threading.Thread(target=server.run, daemon=True).start()
        yield address, file


@pytest.fixture
def page(browser, served):
    """The first page, and nothing decided."""
    address, file = served
    file.unlink(missing_ok=True)
    visit(browser, address)
    shown(browser, "100,000 clusters")
    return address


def shown(browser, text):
    """Wait until the page says so of what it shows."""
    WebDriverWait(browser, 30).until(lambda b: b.find_element(By.ID, "shown").text == text)


def until(browser, condition):
    return WebDriverWait(browser, 30).until(lambda _: condition())


def cards(browser):
    return browser.execute_script("return [...document.querySelectorAll('section.cluster')].map((card) => card.id)")


def number(browser):
    return browser.find_element(By.ID, "page").get_attribute("value")


def test_the_first_page_is_there_and_nothing_is_asked_of_another_host(browser, page):
    assert len(cards(browser)) == 30 and browser.find_element(By.ID, "pages").text == "3,334"
    until(browser, lambda: browser.execute_script("return document.querySelector('figure img').naturalWidth") == 160)
    press(browser, "j", Keys.ENTER, "d", "o", "s", Keys.ESCAPE)
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    asked = requests(browser)
    assert len(asked) > 5 and all(url.startswith(page) for url in asked)


def test_pages_are_turned_with_keys_and_by_number(browser, page):
    first = cards(browser)
    press(browser, "]")
    until(browser, lambda: number(browser) == "2" and cards(browser) != first)
    press(browser, "[")
    until(browser, lambda: cards(browser) == first)
    for _ in range(31):
        press(browser, "j")
    until(browser, lambda: number(browser) == "2" and cards(browser) != first)
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".cluster.current"))
    press(browser, "k", "k")
    until(browser, lambda: cards(browser) == first)
    field = browser.find_element(By.ID, "page")
    field.clear()
    field.send_keys("3334", Keys.ENTER)
    until(browser, lambda: len(cards(browser)) == 10)
    browser.refresh()
    until(browser, lambda: len(cards(browser)) == 10 and number(browser) == "3334")


def test_filters_search_and_sorting(browser, page):
    form = {name: browser.find_element(By.NAME, name) for name in ("text", "folder", "smallest", "low", "relation")}
    form["text"].send_keys("0004242")
    shown(browser, "1 clusters")
    assert "0004242-0.jpg" in browser.find_element(By.ID, "clusters").text
    browser.find_element(By.ID, "reset").click()
    shown(browser, "100,000 clusters")
    form["folder"].send_keys("/pictures/42")
    shown(browser, "1,000 clusters")
    form["smallest"].send_keys("4")
    shown(browser, "333 clusters")
    form["low"].send_keys("0.9")
    until(browser, lambda: "333" not in browser.find_element(By.ID, "shown").text)
    browser.find_element(By.ID, "reset").click()
    shown(browser, "100,000 clusters")
    browser.find_element(By.XPATH, "//select[@name='sort']/option[@value='unsure']").click()
    until(browser, lambda: "probability 0.500" in browser.find_element(By.ID, "clusters").text)
    browser.find_element(By.XPATH, "//select[@name='relation']/option[text()='part']").click()
    shown(browser, "49,999 clusters")


def test_variants_and_pairs_have_tabs(browser, page):
    browser.find_element(By.CSS_SELECTOR, "[data-relation=variant]").click()
    shown(browser, "3,334 pairs")
    assert not browser.find_element(By.NAME, "smallest").is_displayed()
    press(browser, "j", Keys.ENTER)
    until(browser, lambda: "first: " in browser.find_element(By.ID, "facts").text)
    press(browser, Keys.ESCAPE)
    browser.find_element(By.XPATH, "//nav/button[starts-with(., 'All pairs')]").click()
    shown(browser, "209,999 pairs")


def test_a_verdict_by_key_lands_in_the_file_and_is_undone(browser, served, page):
    _, file = served
    press(browser, "j", "j", "n", "x")
    until(browser, file.exists)
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".cluster.current .tag.verdict"))
    assert len(load(str(file)).apart) == 1 and "ada" in file.read_text()
    press(browser, "y")
    until(browser, lambda: len(load(str(file)).together) == 1)
    browser.find_element(By.XPATH, "//select[@name='verdict']/option[text()='duplicates']").click()
    shown(browser, "1 clusters")
    press(browser, "u")  # a select has the focus, so this is no command
    browser.find_element(By.ID, "undo").click()
    until(browser, lambda: len(load(str(file)).apart) == 1)
    browser.find_element(By.ID, "undo").click()
    until(browser, lambda: load(str(file)).apart == frozenset())
    until(browser, lambda: not browser.find_element(By.ID, "undo").is_displayed())


def test_a_picture_that_is_gone_says_so(browser, page):
    press(browser, "j", "f")
    until(browser, lambda: "can't be read" in browser.find_element(By.ID, "stage").text)
    press(browser, "f")
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#stage canvas"))


def test_another_page_can_neither_read_nor_write(browser, page, tmp_path):
    """One that knows even the address, on the same machine."""
    other = tmp_path / "other.html"
    other.write_text(
        f"""<script>
        const done = [];
        fetch("{page}cards").then(() => done.push("read"), () => done.push("refused"));
        fetch("{page}undo", {{method: "POST", mode: "no-cors"}}).then(r => done.push(r.type),
          () => done.push("refused"));
        const image = new Image();
        image.onload = () => done.push("shown");
        image.onerror = () => done.push("refused");
        image.src = "{page}thumbnail?uri=/pictures/00/0000000-0.jpg";
        </script>"""
    )
    visit(browser, other)
    done = until(browser, lambda: len(found := browser.execute_script("return done")) == 3 and found)
    assert "read" not in done and "shown" not in done and done.count("refused") >= 2
