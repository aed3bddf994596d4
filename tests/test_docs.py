"""The documentation: every link leads somewhere, the reference is complete, and the programs in it run."""

import re
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import lookalike
from tests import benchmarks, reference
from tests.architecture import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
COMMUNITY = sorted([*ROOT.glob("*.md"), *ROOT.glob(".github/**/*.md")])
LONGEST = 120
ENDINGS = ("css", "html", "js", "py", "md")
"""Of files that are called as a block of the configuration is."""


def anchors(page):
    """Of a page's headings, as GitHub and MkDocs make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(page):
    """Links of a page, relative ones, that lead to no file or to no heading."""
    text = re.sub(r"```.*?```|`[^`\n]*`|^    .*$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            found.append(target)
    return found


@pytest.mark.parametrize("page", [*COMMUNITY, *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert broken(page) == []


def test_a_link_to_nothing_is_found_out(tmp_path):
    (tmp_path / "other.md").write_text("# Other\n\n## A heading: of two parts\n")
    page = tmp_path / "page.md"
    links = ("other.md", "other.md#a-heading-of-two-parts", "none.md", "other.md#none", "#page")
    page.write_text("# Page\n" + " ".join(f"[a]({link})" for link in links))
    assert broken(page) == ["none.md", "other.md#none"]


@pytest.mark.parametrize("page", [*COMMUNITY, *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_lines_can_be_read_without_scrolling(page):
    """Tables and programs have their own measure."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    assert [line for line in text.splitlines() if len(line) > LONGEST and not line.startswith(("|", "    "))] == []


def test_what_code_and_configuration_say_of_pages_is_true():
    """Paths of pages, wherever they stand in the repository."""
    sources = [p for top in ("pipelines", "transforms", "configs", "tests") for p in (ROOT / top).rglob("*")]
    texts = [p for p in sources if p.suffix in (".py", ".yaml", ".yml", ".xml", ".sh") or p.name.endswith("Dockerfile")]
    told = {(p.name, name) for p in texts for name in re.findall(r"\bdocs/[\w/-]+\.(?:md|svg|png|webp)", p.read_text())}
    assert len(told) > 10
    assert {(file, name) for file, name in told if not (ROOT / name).exists()} == set()


def test_the_navigation_has_every_page():
    text = (ROOT / "configs" / "site" / "mkdocs.yml").read_text().split("\nnav:\n")[1]
    listed = re.findall(r"[\w/-]+\.md", text)
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in PAGES)


def test_the_reference_of_the_command_line_is_what_its_parser_says():
    assert reference.PAGE.read_text() == reference.page(), "make generated"


def test_every_command_and_every_option_is_in_the_reference():
    chapters = dict(re.findall(r"^## (lookalike .+?)\n(.*?)(?=^## |\Z)", reference.PAGE.read_text(), re.M | re.DOTALL))
    found = list(reference.commands(reference.parser()))
    assert set(chapters) == {name for name, _, _ in found} and len(found) >= 10
    for name, _, command in found:
        for action in reference.arguments(command):
            for spelling in action.option_strings or [str(action.metavar)]:
                assert re.search(rf"^\| `.*{re.escape(spelling)}\b.*` \|", chapters[name], re.M), (name, spelling)


def test_every_key_of_the_configuration_is_told_somewhere():
    shipped = yaml.safe_load((ROOT / "configs" / "default.yaml").read_text())
    text = "\n".join(page.read_text() for page in [*PAGES, ROOT / "configs" / "default.yaml"])
    assert [f"{block}.{key}" for block, keys in shipped.items() for key in keys if key not in text] == []


@pytest.mark.parametrize("page", [*COMMUNITY, *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_said_of_keys_is_true(page):
    """Every `block.key` in a page is a key; the history names old ones."""
    shipped = yaml.safe_load((ROOT / "configs" / "default.yaml").read_text())
    told = re.findall(rf"`(({'|'.join(shipped)})\.(\w+))`", page.read_text())
    assert (
        page.name == "CHANGELOG.md"
        or [name for name, block, key in told if key not in {*shipped[block], *ENDINGS}] == []
    )


def test_where_things_are():
    """What the page of the architecture names is there."""
    text = (DOCS / "architecture.md").read_text()
    told = re.findall(r"`((?:transforms|pipelines|configs|docs|tests)/[\w/.]*)`", text)
    assert len(told) > 20 and [name for name in told if not (ROOT / name).exists()] == []


def test_every_public_name_is_in_the_reference():
    text = (DOCS / "reference" / "api.md").read_text()
    names = {name for name in lookalike.__all__ if not name.startswith("__")}
    assert names and names <= set(re.findall(r"^::: lookalike\.(\w+)", text, re.MULTILINE))
    shown = set(re.findall(r"^::: lookalike\.stages\.(\w+)", text, re.MULTILINE))
    shown |= set(re.search(r"^::: lookalike\.stages\n.*\n +members: \[(.*)\]", text, re.MULTILINE)[1].split(", "))
    assert shown == set(lookalike.stages.__all__)


def programs(page):
    """Programs in Python that a page shows."""
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def write(folder, rows):
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "part-00000-of-00001.parquet")


def test_the_tutorials_program_lists_what_can_go(tmp_path, monkeypatch, capsys):
    (program,) = programs("tutorial/reading-the-result.md")
    kept = dict(uri="/a.jpg", reclaimable=False, relation="same", representative_uri="/a.jpg", ssim=1.0)
    write(tmp_path / "out" / "audit" / "clusters", [kept, kept | dict(uri="/b.jpg", reclaimable=True, relation="part")])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pandas", None)
    exec(program, {})
    assert capsys.readouterr().out == "/b.jpg is part of /a.jpg with SSIM 1.0\n"


def test_the_tutorials_review_of_a_plan_leaves_the_named_files_alone(tmp_path, monkeypatch, capsys):
    (program,) = programs("tutorial/acting-on-it.md")
    sources = ["/demo/brick-grey.jpg", "/demo/cat-webp.webp"]
    plan = pa.table({"source": sources, "keeper": ["/demo/kept.jpg"] * 2, "reason": [""] * 2})
    (tmp_path / "out").mkdir()
    pq.write_table(plan.replace_schema_metadata({"lookalike.protected": "[]"}), tmp_path / "out" / "plan.parquet")
    monkeypatch.chdir(tmp_path)
    exec(program, {})
    left = pq.read_table("out/plan.parquet")
    assert left["source"].to_pylist() == sources[1:] and left.schema.metadata == {b"lookalike.protected": b"[]"}
    assert "/demo/brick-grey.jpg" in capsys.readouterr().out


def test_pictures_are_small():
    pictures = list(Path(DOCS, "pictures").iterdir())
    assert pictures and {p.name: p.stat().st_size for p in pictures if p.stat().st_size > 150_000} == {}


def test_the_benchmarks_say_what_each_measures():
    folder = ROOT / "tests" / "benchmarks"
    modules = {path.stem for path in folder.iterdir() if path.suffix in ("", ".py") and not path.name.startswith("__")}
    assert modules <= set(re.findall(r"`(\w+)`", benchmarks.__doc__))
