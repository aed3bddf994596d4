"""Images on lists of known ones: by PDQ hashes, or by a finished audit."""

import csv

import pdqhash
import pytest

from tests.faults.schedules import command, rows
from tests.synthetic import draw_picture, encoded

pytestmark = pytest.mark.usefixtures("without_engine")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Five pictures, and the hex digits of their PDQ hashes by the reference."""
    folder = tmp_path_factory.mktemp("blocklist") / "in"
    folder.mkdir()
    known = {}
    for number in range(5):
        picture = draw_picture(number, 300, 220)
        (folder / f"{number}.png").write_bytes(encoded(picture, "PNG"))
        known[number] = f"{int(''.join(map(str, pdqhash.compute(picture)[0].tolist())), 2):064x}"
    return folder, known


def test_images_near_a_hash_are_found_and_the_exit_code_is_3(images, tmp_path):
    folder, known = images
    near = f"{int(known[1], 16) ^ (2**31 - 1):064x}"  # 31 bits off
    far = f"{int(known[2], 16) ^ (2**32 - 1):064x}"
    (tmp_path / "list.csv").write_text(
        f"indicator,type,note\n{known[0]},pdq,first\n{near},HASH_PDQ,second\n{far},pdq,\n{known[3]},sha256,\n"
    )
    lines = "".join(f"{folder}/{number}.png,{number}\n" for number in range(5))
    (tmp_path / "in.csv").write_text(f"path,owner\n{lines}")
    blocked = ("--blocklist", f"{tmp_path}/list.csv", "--output", f"{tmp_path}/out")
    (tmp_path / "verdicts.csv").write_text(f"content_hash_a,content_hash_b,verdict\n{'0' * 64},{'1' * 64},duplicates\n")
    told = command("compare", f"{tmp_path}/in.csv", *blocked, "--verdicts", f"{tmp_path}/verdicts.csv")
    assert told.code == 2 and "a list of hashes has none" in told.said[-1]
    told = command("compare", f"{tmp_path}/in.csv", "--columns", "owner", *blocked)
    assert told.code == 3 and told.said[-1] == "lookalike: found matches>0"
    assert [row["query_owner"] for row in rows(tmp_path / "out", "known")] == ["0", "1"]
    found = [(row["query"].rpartition("/")[2], row["hash"], row["label"], row["distance"]) for row in
             rows(tmp_path / "out", "known")]  # fmt: skip
    assert sorted(found) == [("0.png", known[0], "first", 0), ("1.png", near, "second", 31)]
    with (tmp_path / "out" / "drop.csv").open() as file:
        assert [row["match"] for row in csv.DictReader(file)] == [known[0], near]


def test_hashes_stand_in_fingerprints_if_asked_and_audits_that_have_them_are_not_read_again(images, tmp_path):
    folder, known = images
    assert command("fingerprint", str(folder), "--output", f"{tmp_path}/with", "--set", "read.pdq=true").code == 0
    stored = {row["uri"].rpartition("/")[2]: row for row in rows(tmp_path / "with", "fingerprints")}
    assert {name: row["pdq"].hex() for name, row in stored.items()} == {f"{n}.png": one for n, one in known.items()}
    assert all(row["pdq_quality"] == 100 for row in stored.values())
    (tmp_path / "list.txt").write_text(f"# known\n{known[4].upper()}\n")
    words = ("--blocklist", f"{tmp_path}/list.txt", "--output", f"{tmp_path}/out")
    assert command("compare", f"{tmp_path}/with", *words).code == 3
    assert [row["query"].rpartition("/")[2] for row in rows(tmp_path / "out", "known")] == ["4.png"]
    assert command("fingerprint", str(folder), "--output", f"{tmp_path}/without").code == 0
    assert "pdq" not in rows(tmp_path / "without", "fingerprints")[0]
    told = command("compare", f"{tmp_path}/without", *words, "--overwrite")
    assert told.code == 2 and "read.pdq" in told.said[-1]
    assert command("compare", str(folder), "--blocklist", f"{tmp_path}/without", "--output", f"{tmp_path}/by").code == 3
    assert len(rows(tmp_path / "by", "matches")) == 5


@pytest.mark.parametrize(
    "text, said", [("nonsense\nmore\n", "line 2"), ("# nothing\n", "no PDQ hashes"), (None, "not there")]
)
def test_wrong_lists_are_one_line(text, said, images, tmp_path):
    if text is not None:
        (tmp_path / "list.txt").write_text(text)
    told = command("compare", str(images[0]), "--blocklist", f"{tmp_path}/list.txt", "--output", f"{tmp_path}/out")
    assert told.code == 2 and said in told.said[-1]
