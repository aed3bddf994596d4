"""Folders with annotations written back, and the lists that other programs import; by audits made by hand."""

import json

import pytest
from pycocotools.coco import COCO

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.materialize.lists.annotations import Annotations, find_folders
from lookalike.pipelines.materialize.plan_file import PlanError
from lookalike.transforms.core.keys import key_of
from tests.flows.test_audit import ONE
from tests.flows.test_write_back import tree
from tests.packed import pictures
from tests.planned import finished_audit

GONE = {"train/1-1.jpg", "train/1-2.jpg", "val/3-1.jpg", "train/3-2.jpg"}
"""All copies; one lies in another folder than what it is a copy of."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two folders of images with annotations of COCO's kind, and the audit."""
    place = tmp_path_factory.mktemp("coco")
    clusters, names = [], []
    for number, group in enumerate(pictures(4)):
        uris = []
        for step, image in enumerate(group):
            name = f"{'val' if (number, step) == (3, 1) or number == 2 else 'train'}/{number}-{step}.jpg"
            (place / "images" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "images" / name).write_bytes(image)
            names.append(name)
            uris.append(str(place / "images" / name))
        clusters.append(uris)
    finished_audit(str(place / "audit"), clusters)
    for split in ("train", "val"):
        some = [name.removeprefix(f"{split}/") for name in names if name.startswith(split)]
        about = {"info": {"year": 2026}, "categories": [{"id": 7, "name": "thing"}]}
        about["images"] = [
            {"id": 10 * n + 3, "file_name": name, "width": 96, "height": 72} for n, name in enumerate(some)
        ]
        about["annotations"] = [
            {
                "id": 100 * n + k,
                "image_id": 10 * n + 3,
                "category_id": 7,
                "bbox": [1.5, 2, 3, 4],
                "area": 12,
                "iscrowd": 0,
            }
            for n in range(len(some))
            for k in range(2)
        ]
        (place / f"instances_{split}.json").write_text(json.dumps(about))
    return place


def written(corpus, to, *more):
    return main(["materialize", str(corpus / "audit"), "--to", str(to), *map(str, more), *ONE])


def test_coco_keeps_ids_and_loses_the_annotations_of_copies(corpus, tmp_path, capsys):
    to = tmp_path / "clean"
    files = [corpus / f"instances_{split}.json" for split in ("train", "val")]
    named = [word for file in files for word in ("--annotations", file)]
    assert written(corpus, to, "--as", "coco", *named) == 0
    assert "instances_val.json: 2 images, 1 of them copies\n" in capsys.readouterr().out
    images = tree(corpus / "images")
    assert len(images) == 8
    for split in ("train", "val"):
        before, after = (
            COCO(str(corpus / f"instances_{split}.json")),
            COCO(str(to / "annotations" / f"instances_{split}.json")),
        )
        stays = [image for image in before.dataset["images"] if f"{split}/{image['file_name']}" not in GONE]
        assert after.dataset["images"] == stays and 0 < len(stays) < len(before.dataset["images"])
        ids = [image["id"] for image in stays]
        assert after.loadAnns(after.getAnnIds(imgIds=ids)) == before.loadAnns(before.getAnnIds(imgIds=ids))
        assert len(after.dataset["annotations"]) == 2 * len(ids)
        assert after.dataset["info"] == before.dataset["info"]
    there = {name: data for name, data in tree(to).items() if not name.startswith("annotations/")}
    assert there == {name: data for name, data in images.items() if name not in GONE}


def test_coco_tells_copies_where_all_stay(corpus, tmp_path):
    to = tmp_path / "all"
    annotations = ("--annotations", corpus / "instances_train.json", "--annotated", corpus / "images" / "train")
    assert written(corpus, to, "--as", "coco", "--images", "all", *annotations) == 0
    images = json.loads((to / "annotations" / "instances_train.json").read_text())["images"]
    told = {f"train/{image['file_name']}": image.get("duplicate_of", "") for image in images}
    kept = {name: f"{corpus}/images/train/{name[6]}-0.jpg" for name in GONE if name.startswith("train")}
    assert told == {name: kept.get(name, "") for name in told} and len(told) == 6
    assert {name for name in tree(to) if not name.startswith("annotations")} == set(tree(corpus / "images"))


def test_an_image_folder_keeps_its_metadata_beside_the_images(corpus, tmp_path, capsys):
    from datasets import load_dataset

    names = [name for name in sorted(tree(corpus / "images"))]
    lines = [json.dumps({"file_name": name, "text": f"caption of {name}"}) for name in names]
    (tmp_path / "metadata.jsonl").write_text("\n".join([*lines, json.dumps({"file_name": "no/such.jpg", "text": ""})]))
    to = tmp_path / "folder"
    assert written(corpus, to, "--as", "imagefolder", "--annotations", tmp_path / "metadata.jsonl") == 0
    assert "9 images, 4 of them copies; 1 are not in the audit, and stay" in capsys.readouterr().out
    kept = [name for name in names if name not in GONE]
    assert sorted(tree(to)) == sorted(["metadata.jsonl", *kept])
    rows = [json.loads(line) for line in (to / "metadata.jsonl").read_text().splitlines()]
    assert [row["file_name"] for row in rows] == [*kept, "no/such.jpg"]
    (to / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows[:-1]))
    read = load_dataset(
        "imagefolder", data_files={"train": f"{to}/**"}, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert sorted(read["text"][:]) == [f"caption of {name}" for name in kept]


CSV = 'file_name,text\na.jpg,"one, two"\nb.jpg,x\n'


@pytest.mark.parametrize(
    ("name", "data", "without", "told"),
    [
        (
            "m.csv",
            CSV,
            'file_name,text\na.jpg,"one, two"\n',
            'file_name,text,duplicate_of\na.jpg,"one, two",\nb.jpg,x,k\n',
        ),
        (
            "m.jsonl",
            '{"file_name": "a.jpg", "ü": 1.50}\n\n{"file_name": "b.jpg"}\n',
            '{"file_name": "a.jpg", "ü": 1.50}\n',
            '{"file_name": "a.jpg", "ü": 1.5, "duplicate_of": null}\n{"file_name": "b.jpg", "duplicate_of": "k"}\n',
        ),
    ],
)
def test_what_is_kept_of_metadata_is_as_it_was(name, data, without, told, tmp_path):
    (tmp_path / name).write_text(data)
    file = Annotations.read(str(tmp_path / name), "")
    assert file.names == {"a.jpg", "b.jpg"}
    assert file.without({"b.jpg": "k"}, False).decode() == without
    assert file.without({"b.jpg": "k"}, True).decode() == told


def test_where_names_begin_is_found_or_asked_for(tmp_path):
    (tmp_path / "m.csv").write_text("file_name\nx/a.jpg\nx/b.jpg\n")
    file = Annotations.read(str(tmp_path / "m.csv"), "")
    some = ["/d/one/x/a.jpg", "/d/one/x/b.jpg", "/d/two/x/b.jpg", "tar://x/a.jpg::/d/t.tar", "/d/x/aa.jpg"]
    assert find_folders([file], lambda: some)[0].folder == "/d/one/"
    for uris, words in ((["/d/a.jpg"], "no image that ends like"), ([*some, "/d/two/x/a.jpg"], "or of /d/two/")):
        with pytest.raises(PlanError, match=words):
            find_folders([file], lambda uris=uris: uris)
    given = Annotations.read(str(tmp_path / "m.csv"), "/d/two")
    assert find_folders([given], lambda: some)[0].folder == "/d/two/"
    for text in ("{", '{"images": [{"id": 1}]}', '{"images": []}'):
        (tmp_path / "m.json").write_text(text)
        with pytest.raises(PlanError, match=r"annotations .*m\.json"):
            Annotations.read(str(tmp_path / "m.json"), "")


def test_fiftyone_gets_a_data_set_of_two_classes(corpus, tmp_path):
    to = tmp_path / "fiftyone"
    assert written(corpus, to, "--as", "fiftyone") == 0
    data, labels = (json.loads((to / name).read_text()) for name in ("data.json", "labels.json"))
    paths = sorted(str(path) for path in (corpus / "images").rglob("*.jpg"))
    assert data == {key_of(path).hex(): path for path in paths} and set(labels["labels"]) == set(data)
    assert labels["classes"] == ["keep", "duplicate"]
    told = {data[name].partition("/images/")[2]: label for name, label in labels["labels"].items()}
    assert {name for name, label in told.items() if label["label"] == 1} == GONE
    assert told["train/1-1.jpg"]["attributes"] == {
        "kept": f"{corpus}/images/train/1-0.jpg", "relation": "same", "match": "near",
    }  # fmt: skip
    assert told["train/1-0.jpg"] == {"label": 0}


def test_label_studio_gets_a_task_for_every_copy(corpus, tmp_path):
    to = tmp_path / "labelstudio"
    assert written(corpus, to, "--as", "labelstudio") == 0
    tasks = json.loads((to / "tasks.json").read_text())
    assert [task["data"]["uri"] for task in tasks] == sorted(f"{corpus}/images/{name}" for name in GONE)
    interface = (to / "interface.xml").read_text()
    for task in tasks:
        (prediction,) = task["predictions"]
        (result,) = prediction["result"]
        assert result["value"]["choices"] == ["duplicate"] and f'"{result["value"]["choices"][0]}"' in interface
        assert f'name="{result["from_name"]}" toName="{result["to_name"]}"' in interface
        assert task["data"]["image"] == f"/data/local-files/?d={task['data']['uri'][1:]}"
    assert all(f"${name}" in interface for name in ("image", "kept", "relation"))
