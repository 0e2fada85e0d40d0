"""YOLO data sets as Ultralytics, labelImg and Label Studio lay them out."""

import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import ReadOptions

NAMES = "names:\n  0: cat\n  1: dog\n"
LABEL = "1 0.25 0.25 0.5 0.25 0.5 0.75 0.25 0.75\n"


@pytest.fixture
def lay(tmp_path):
    """Write files and photos below a folder; answers it."""

    def go(*photos, **texts):
        for name, text in texts.pop("files").items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name in photos:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 30)).save(path)
        return tmp_path

    return go


def read(path):
    form = registry.detect(path)
    assert form.name == "yolo-seg"
    reading = form.read(path, ReadOptions())
    images = list(reading.images())
    names = {each.key: each.name for each in reading.classes}
    found = {each.path: [names[one.class_key] for one in each.objects] for each in images}
    return found, reading.report


@pytest.mark.parametrize("opened", ["", "coco8-seg.yaml"])
@pytest.mark.parametrize("name", ["coco8-seg.yaml", "coco8-seg.YML"])
def test_a_list_may_have_any_name(lay, opened, name):
    files = {name: f"path: .\ntrain: images\n{NAMES}", "labels/a.txt": LABEL}
    root = lay("images/a.png", files=files)
    found, report = read(root / (name if opened else ""))
    assert found == {root / "images/a.png": ["dog"]}
    assert report.remarks() == []


def test_the_list_that_is_opened_goes_before_others(lay):
    files = {"data.yaml": "names: [x, y]\n", "own.yaml": NAMES, "labels/a.txt": LABEL}
    root = lay("images/a.png", files=files)
    assert read(root / "own.yaml")[0] == {root / "images/a.png": ["dog"]}
    assert read(root)[0] == {root / "images/a.png": ["y"]}


@pytest.mark.parametrize("opened", ["lists", "lists/data.yaml"])
def test_a_list_may_lie_apart_from_its_labels(lay, opened):
    files = {"lists/data.yaml": f"path: ../set\n{NAMES}", "set/labels/train/a.txt": LABEL}
    root = lay("set/images/train/a.png", files=files)
    assert read(root / opened)[0] == {root / "set/images/train/a.png": ["dog"]}


def test_a_path_of_another_machine_is_none(lay):
    files = {"data.yaml": f"path: ../elsewhere\n{NAMES}", "labels/a.txt": LABEL}
    root = lay("images/a.png", files=files)
    assert read(root)[0] == {root / "images/a.png": ["dog"]}


@pytest.mark.parametrize("way", ["../../other", "/", "../../../", "..", "a\0b", "link"])
def test_a_path_leads_no_further_than_the_folder_beside(lay, way):
    lay("other/images/a.png", files={"other/labels/a.txt": LABEL})
    root = lay(files={"my/lists/data.yaml": f"path: {way}\n{NAMES}"})
    (root / "my/lists/link").symlink_to(root / "other", target_is_directory=True)
    with pytest.raises(EngineError, match="no label files"):
        registry.get("yolo-seg").read(root / "my/lists/data.yaml", ReadOptions())


@pytest.mark.parametrize("name", ["labels/classes.txt", "train/labels/classes.txt", "in/data.yaml"])
def test_a_list_may_lie_below(lay, name):
    text = NAMES if name.endswith("yaml") else "cat\ndog\n"
    folder = name.rpartition("/")[0].removesuffix("/labels").removesuffix("labels")
    place = f"{folder}/" if folder else ""
    files = {name: text, f"{place}labels/a.txt": LABEL}
    root = lay(f"{place}images/a.png", files=files)
    found, report = read(root)
    assert found == {root / f"{place}images/a.png": ["dog"]}
    assert report.remarks() == []


def test_labels_without_a_list_are_refused_with_what_to_do(lay):
    root = lay("images/a.png", files={"labels/a.txt": LABEL})
    with pytest.raises(EngineError, match=r"write a classes\.txt there"):
        read(root)


def test_a_mark_of_byte_order_and_tabs_are_no_matter(lay):
    text = "\ufeff" + LABEL.replace(" ", "\t").replace("\n", "\r\n")
    root = lay("images/a.png", files={"data.yaml": "\ufeff" + NAMES, "labels/a.txt": text})
    assert read(root)[0] == {root / "images/a.png": ["dog"]}


def test_empty_lists_of_images_are_no_labels(lay):
    files = {"data.yaml": NAMES, "labels/a.txt": LABEL, "labels/b.txt": "", "val.txt": ""}
    root = lay("images/a.png", "images/b.png", files=files)
    found, report = read(root)
    assert found == {root / "images/a.png": ["dog"], root / "images/b.png": []}
    assert report.remarks() == []


def test_lists_below_that_differ_are_named(lay):
    files = {
        "one/data.yaml": NAMES,
        "one/labels/a.txt": LABEL,
        "two/labels/classes.txt": "dog\ncat\n",
        "two/labels/b.txt": LABEL,
    }
    root = lay("one/images/a.png", "two/images/b.png", files=files)
    with pytest.raises(EngineError) as refused:
        read(root)
    assert str(refused.value) == (
        f"{root.name} holds several data sets with other classes: one/data.yaml, "
        "two/labels/classes.txt. Choose the folder of one of them."
    )
    (root / "two/labels/classes.txt").write_text("cat\ndog\n")
    assert sorted(read(root)[0].values()) == [["dog"], ["dog"]]


def test_tables_of_numbers_are_no_labels(lay):
    root = lay("RGB/a.png", files={"GT/LABELS/a.txt": "1 2 3 4 5 6\n1 2 3 4 5 6\n"})
    assert registry.get("yolo-seg").detect(root) == 0.0
