"""The documentation's site, built as `make docs` builds it, in headless Chromium."""

import re
import subprocess
import sys

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import lookalike
from tests.architecture import ROOT
from tests.browser.chromium import chromium, requests, visit


def build(configuration, folder):
    """Run what `make docs` runs, but into a folder of its own."""
    (options,) = re.findall(r"/mkdocs (build .*)--config-file", (ROOT / "Makefile").read_text())
    command = [sys.executable, "-m", "mkdocs", *options.split(), "--site-dir", str(folder)]
    return subprocess.run([*command, "--config-file", str(configuration)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    built = build(ROOT / "configs" / "site" / "mkdocs.yml", folder)
    assert built.returncode == 0, built.stderr
    return folder


def test_a_picture_that_is_not_there_ends_the_build(tmp_path):
    """With --quiet, MkDocs counts no warnings, and --strict does nothing."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Page\n\n![A picture](picture.png)\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: site\nplugins: []\n")
    built = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert built.returncode == 1 and "picture.png" in built.stderr


def test_no_page_names_a_script_a_style_or_a_font_of_another_host(site):
    pages, styles = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert len(pages) > 20 and styles
    for page in pages:
        for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", page.read_text()):
            assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", tag), (page.name, tag)
    for style in styles:
        assert not re.search(r"""(?:@import|url\()\s*["']?(?:https?:)?//""", style.read_text()), style.name


def test_every_function_and_stage_is_described(site):
    described = set(re.findall(r'id="lookalike\.([\w.]+)"', (site / "reference" / "api.html").read_text()))
    stages = {f"stages.{name}" for name in lookalike.stages.__all__}
    assert {*lookalike.__all__} - {"__version__"} | stages <= described and len(stages) > 5


def test_diagrams_are_drawn_and_nothing_is_asked_of_the_network(site):
    with chromium() as browser:
        for page in ("index.html", "architecture.html", "reference/cli.html"):
            visit(browser, site / page)
            if page == "architecture.html":
                drawn = lambda b: b.execute_script("return document.querySelector('div.mermaid')?.offsetHeight || 0")  # noqa: E731
                assert WebDriverWait(browser, 60).until(drawn) > 300
            assert browser.find_element(By.TAG_NAME, "h1").text
            assert requests(browser) == []
