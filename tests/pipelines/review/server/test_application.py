"""What the server answers, and what it refuses, without a socket."""

import io
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from lookalike.pipelines.review.server.application import application
from lookalike.pipelines.review.verdict_file import load

SECRET = "secret"
OWN = {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}


@pytest.fixture
def ask(session):
    """Of an address below the secret: the answer."""
    client = application(session, SECRET).test_client()

    def answered(address, method="GET", headers=OWN, secret=SECRET, **options):
        return client.open(f"/{secret}/{address}", method=method, headers=headers, **options)

    return answered


def picture(uri):
    return f"picture?{urlencode({'uri': uri})}"


def test_the_page_is_the_reports_and_names_nothing_of_another_host(ask):
    page = ask("")
    assert page.status_code == 200 and "&lt;in&gt;" in page.text and "<in>" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for name in ("report.css", "cards.js", "review.js"):
        file = ask(name)
        assert file.status_code == 200 and name in page.text
        assert "http:" not in file.text and "https:" not in file.text and "//" not in file.text.replace("// ", "")
    assert "http" not in page.text


def test_copies_that_disagree_are_asked_for_and_say_what_they_say(ask, pictures):
    assert "Conflict" in ask("").text and ask("cards?conflict=no").json["total"] == 0
    (card,) = ask("cards?conflict=yes").json["cards"]
    said = {member["uri"]: member["said"] for member in card["members"] if member["said"]}
    assert said == {pictures["kept.jpg"]: ["label: cat"], pictures["copy.jpg"]: ["label: <dog>"]}


@pytest.mark.parametrize("address", ["", "cards", "cards.js", "thumbnail?uri=x", "picture?uri=x", "verdict", "undo"])
def test_nobody_else_is_answered(ask, address):
    method = "POST" if address in ("verdict", "undo") else "GET"
    for headers in ({"Host": "evil.example"}, OWN | {"Origin": "http://evil.example"}):
        refused = ask(address, method, headers)
        assert refused.status_code == 403 and set(refused.json) == {"error"}
    assert ask(address, method, secret="guess").status_code == 404
    assert "Access-Control-Allow-Origin" not in ask(address, method).headers


def test_what_changes_something_is_not_asked_with_a_link(ask):
    assert ask("verdict").status_code == 404 and ask("undo").status_code == 404
    assert ask("undo", "POST", {"Host": "127.0.0.1:8000"}).status_code == 403


def test_pictures_come_as_they_are_or_as_jpeg(ask, pictures):
    for name, kind in (("kept.jpg", "image/jpeg"), ("packed.png", "image/png")):
        shown = ask(picture(pictures[name]))
        assert shown.status_code == 200 and shown.mimetype == kind
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert ask(picture(pictures["kept.jpg"])).data == Path(pictures["kept.jpg"]).read_bytes()
    scan = ask(picture(pictures["scan.tif"]))
    assert scan.mimetype == "image/jpeg" and Image.open(io.BytesIO(scan.data)).size == (320, 240)
    assert ask(f"thumbnail?{urlencode({'uri': pictures['copy.jpg']})}").data == b"\xff\xd8copy.jpg"


def test_no_file_is_opened_but_those_of_the_audit(ask, pictures):
    folder = os.path.dirname(pictures["kept.jpg"])
    outside = [
        "/etc/passwd", "../../etc/passwd", f"{folder}/secret.txt", f"{folder}/other.jpg", f"{folder}/./kept.jpg",
        f"{folder}/../{os.path.basename(folder)}/kept.jpg", f"file://{pictures['kept.jpg']}", "", "\0",
        f"tar://a/../b.png::{folder}/more.tar", "parquet://image/x::/data.parquet", "http://127.0.0.1/x.jpg",
    ]  # fmt: skip
    for uri in outside:
        for kind in ("picture", "thumbnail"):
            refused = ask(f"{kind}?{urlencode({'uri': uri})}")
            assert refused.status_code == 404 and set(refused.json) == {"error"}, uri
    escapes = ("../cards", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc%2fpasswd", "templates/report.css", "report.html")
    assert [ask(address).status_code for address in escapes] == [404] * len(escapes)


def test_a_file_that_was_changed_or_is_gone_is_not_shown(ask, pictures, tmp_path):
    path, secret = Path(pictures["equal.jpg"]), tmp_path / "secret"
    data = path.read_bytes()
    secret.write_text("a password")
    try:
        path.unlink()
        path.symlink_to(secret)
        refused = ask(picture(str(path)))
        assert refused.status_code == 409 and "was changed since it was audited" in refused.json["error"]
        path.unlink()
        refused = ask(picture(str(path)))
        assert refused.status_code == 409 and "can't be read" in refused.json["error"]
    finally:
        path.unlink(missing_ok=True)  # never through the link
        path.write_bytes(data)


def decide(ask, a, b, verdict):
    return ask("verdict", "POST", json={"uris": [a, b], "verdict": verdict})


def test_a_verdict_lands_in_the_file_and_is_taken_back(ask, session, pictures):
    kept, copy = pictures["kept.jpg"], pictures["copy.jpg"]
    answer = decide(ask, kept, copy, "not duplicates")
    assert answer.json["verdict"] == "not duplicates" and answer.json["undoable"] == answer.json["noted"] == 1
    assert len(load(session.judging.path).apart) == 1
    (card,) = ask("cards?verdict=not+duplicates").json["cards"]
    assert {m["uri"]: m["verdict"] for m in card["members"]}[copy] == "not duplicates"
    assert ask("cards?view=pairs&verdict=any").json["total"] == 1
    assert ask("undo", "POST").json == {"pair": answer.json["pair"], "verdict": None, "undoable": 0, "noted": 0}
    assert load(session.judging.path).apart == frozenset() and ask("cards?verdict=any").json["total"] == 0
    assert ask("undo", "POST").json["pair"] is None


def test_members_beyond_the_first_are_asked_for(ask):
    found = ask("members?cluster=c1&first=3").json["members"]
    assert len(found) == 2 and ask("members?cluster=none&first=0").json == {"members": []}


@pytest.mark.parametrize(
    ("address", "options", "code", "why"),
    [
        ("cards?page=x", {}, 400, "page: "),
        ("cards?nosuch=1", {}, 400, "nosuch: "),
        ("members", {}, 400, ""),
        ("picture", {}, 400, ""),
        ("verdict", dict(method="POST", json={"uris": ["a"], "verdict": "duplicates"}), 400, "uris"),
        ("verdict", dict(method="POST", data="uris=a"), 415, ""),
        ("verdict", dict(method="POST", json={"uris": ["/a", "/b"], "verdict": "duplicates"}), 404, "no image /a"),
        ("verdict", dict(method="POST", json={"uris": ["x" * 70_000, ""], "verdict": "duplicates"}), 413, ""),
    ],
)
def test_wrong_requests_are_told_in_one_line(ask, address, options, code, why):
    answer = ask(address, **options)
    assert answer.status_code == code and why in answer.json["error"] and "\n" not in answer.json["error"]


def test_equal_files_and_other_words_are_no_verdicts(ask, pictures):
    same = decide(ask, pictures["kept.jpg"], pictures["equal.jpg"], "duplicates")
    assert same.status_code == 409 and "copies by nature" in same.json["error"]
    assert "a verdict is" in decide(ask, pictures["kept.jpg"], pictures["copy.jpg"], "perhaps").json["error"]
