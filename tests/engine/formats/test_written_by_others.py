"""Files as Datumaro, Label Studio and CamVid's kind write them, in the shapes found by trying."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.formats import registry
from engine.formats.base import BACKGROUND_KEY
from engine.formats.format import ReadOptions
from engine.formats.label_png import unpack, voc_palette
from engine.formats.simple_yaml import parse
from engine.masks.mask import Mask

SIZE = (30, 40)
LEFT, RIGHT = Mask.rectangle((2, 3, 10, 20)), Mask.rectangle((10, 3, 31, 22))
NAMES = ("background", "car", "Größe & b", "sky")


def bits(mask):
    return mask.read((0, 0, *SIZE[::-1]))


def picture(path, *pairs):
    """A colour PNG of masks with the colours of VOC's palette at these places."""
    made = np.zeros((*SIZE, 3), np.uint8)
    for place, mask in pairs:
        made[bits(mask)] = voc_palette()[place]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(made).save(path)


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE[::-1], "gray").save(path)


def read(path, name, **options):
    reading = registry.get(name).read(path, ReadOptions(**options))
    images = {each.file_name: each for each in reading.images()}
    return images, {each.key: each.name for each in reading.classes}, reading.report


def test_voc_label_map_without_colours(tmp_path):
    """Datumaro writes none where the colours are VOC's own, in order."""
    photo(tmp_path / "JPEGImages/a.jpg")
    (tmp_path / "labelmap.txt").write_text(
        "# label:color_rgb:parts:actions\n" + "".join(f"{name}:::\n" for name in NAMES)
    )
    picture(tmp_path / "SegmentationClass/a.png", (1, LEFT), (3, RIGHT))
    picture(tmp_path / "SegmentationObject/a.png", (1, LEFT), (2, RIGHT))
    images, names, report = read(tmp_path, "voc")
    found = [(names[each.class_key], each.mask) for each in images["a.jpg"].objects]
    assert [name for name, _ in found] == ["car", "sky"]
    assert found[0][1].same(LEFT)
    assert found[1][1].same(RIGHT)
    assert report.counts == {}


def test_camvid_table_of_names_alone(tmp_path):
    photo(tmp_path / "train/one/a.jpg")
    (tmp_path / "label_colors.txt").write_text("".join(f" {name}\n" for name in NAMES))
    picture(tmp_path / "trainannot/one/a.png", (2, LEFT), (3, RIGHT))
    images, names, report = read(tmp_path, "camvid")
    (found,) = images.values()
    layer = {names[key]: mask for key, mask in found.layer.items() if key != BACKGROUND_KEY}
    assert found.present
    assert layer["Größe & b"].same(LEFT)
    assert layer["sky"].same(RIGHT)
    assert report.counts == {}


@pytest.mark.parametrize(
    ("mask", "image"),
    [
        ("trainannot/one/a.png", "train/one/a.jpg"),
        ("labels/train/a.png", "images/train/a.jpg"),
        ("a_L.png", "a.jpg"),
        ("photos/a_mask.png", "photos/a.jpg"),
        ("masks/a.png", "images/a.jpg"),
        ("LabeledApproved_full/a.png", "images/a.jpg"),
    ],
)
def test_masks_by_colour_find_their_images(tmp_path, mask, image):
    (tmp_path / "label_colors.txt").write_text("0 0 0 background\n128 0 0 car\n")
    photo(tmp_path / image)
    picture(tmp_path / mask, (1, LEFT))
    images, names, _ = read(tmp_path, "camvid")
    (found,) = images.values()
    assert (found.present, found.path) == (True, tmp_path / image)
    (car,) = (key for key, name in names.items() if name == "car")
    assert found.layer[car].same(LEFT)


@pytest.mark.parametrize(
    "link",
    [
        "/data/local-files/?d=two/same.jpg",
        "/data/local-files/?d=sets%2Ftwo%2Fsame.jpg",
        "s3://bucket/sets/two/same.jpg",
        "https://example.org/sets/two/same.jpg?token=1",
    ],
)
def test_label_studio_images_of_one_name_in_two_folders(tmp_path, link):
    for folder in ("one", "two"):
        photo(tmp_path / f"images/{folder}/same.jpg")
    task = {"id": 1, "data": {"image": link}, "annotations": [_polygon()]}
    (tmp_path / "tasks.json").write_text(json.dumps([task]))
    images, _, _ = read(tmp_path / "tasks.json", "label-studio", images=tmp_path / "images")
    assert [each.path for each in images.values()] == [tmp_path / "images/two/same.jpg"]


def test_label_studio_names_that_were_not_escaped(tmp_path):
    photo(tmp_path / "images/é, 'q' & b+c.jpg")
    link = "/data/local-files/?d=é, 'q' & b+c.jpg"
    task = {"id": 1, "data": {"image": link}, "annotations": [_polygon()]}
    (tmp_path / "tasks.json").write_text(json.dumps([task]))
    images, _, _ = read(tmp_path / "tasks.json", "label-studio", images=tmp_path / "images")
    assert [each.present for each in images.values()] == [True]


@pytest.mark.parametrize(
    ("ring", "want"),
    [
        ([[5, 5], [5, 9], [5, 7]], Mask.rectangle((5, 5, 6, 10))),  # one column, from its centres
        ([[8, 4], [8, 4], [8, 4]], Mask.rectangle((8, 4, 9, 5))),
        ([[12.6, 3.1], [12.9, 3.1], [12.9, 3.4]], Mask.rectangle((12, 3, 13, 4))),
        ([[40, 30], [40, 30], [40, 30]], Mask.rectangle((39, 29, 40, 30))),  # the last corner
    ],
)
@pytest.mark.parametrize("name", ["yolo-seg", "labelme"])
def test_outlines_round_no_centre_are_the_pixels_they_run_through(tmp_path, name, ring, want):
    """Ultralytics and labelme paint the line too; labels of one pixel would be lost else."""
    photo(tmp_path / "a.jpg")
    if name == "labelme":
        shape = {"label": "car", "shape_type": "polygon", "points": ring}
        sides = {"imageHeight": SIZE[0], "imageWidth": SIZE[1]}
        data = {"shapes": [shape], "imagePath": "a.jpg", **sides}
        (tmp_path / "a.json").write_text(json.dumps(data))
    else:
        share = (np.array(ring) / SIZE[::-1]).ravel()
        (tmp_path / "a.txt").write_text("0 " + " ".join(f"{each:.8f}" for each in share))
        (tmp_path / "data.yaml").write_text("names: [car]")
    images, _, report = read(tmp_path, name)
    assert [each.mask.same(want) for each in images["a.jpg"].objects] == [True]
    assert report.counts == {"thin": 1}


@pytest.mark.parametrize("ring", [[[-9, 5], [-9, 9], [-9, 7]], [[41.5, 5], [60, 5], [50, 5]]])
def test_outlines_beside_the_image_stay_out(tmp_path, ring):
    photo(tmp_path / "a.jpg")
    shape = {"label": "car", "shape_type": "polygon", "points": ring}
    data = {"shapes": [shape], "imagePath": "a.jpg"}
    (tmp_path / "a.json").write_text(json.dumps(data))
    images, _, report = read(tmp_path, "labelme")
    assert not images["a.jpg"].objects
    assert report.counts == {"empty mask": 1}


def _polygon():
    shape = {"points": [[10, 10], [60, 10], [60, 60]], "polygonlabels": ["car"]}
    sides = {"original_height": SIZE[0], "original_width": SIZE[1]}
    return {"result": [{"id": "p", "type": "polygonlabels", **sides, "value": shape}]}


def test_panoptic_segments_of_a_class_without_objects_are_said(tmp_path):
    """Datumaro writes "isthing": 0 for every class."""
    photo(tmp_path / "images/a.jpg")
    ids = np.zeros(SIZE, np.uint32)
    ids[bits(LEFT)], ids[bits(RIGHT)] = 1, 2
    (tmp_path / "p").mkdir()
    Image.fromarray(unpack(ids)).save(tmp_path / "p/a.png")
    infos = [{"id": at, "category_id": 1, "area": 1, "iscrowd": 0} for at in (1, 2)]
    data = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": SIZE[0], "width": SIZE[1]}],
        "categories": [{"id": 1, "name": "car", "isthing": 0}],
        "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": infos}],
    }
    (tmp_path / "p.json").write_text(json.dumps(data))
    images, _, report = read(tmp_path / "p.json", "coco-panoptic", images=tmp_path / "images")
    assert [mask.same(LEFT | RIGHT) for mask in images["a.jpg"].layer.values()] == [True]
    ((level, text),) = [(each.level, each.text) for each in report.remarks()]
    assert level == "info"
    assert "1 segment became one with another of its class" in text
    assert "a.jpg, segment 2" in text


LONG = "a rather long name of a class that no line of eighty characters has any room for at all"
FOLDED = """a rather long name of a class that
    no line of eighty characters has any room for at all"""


@pytest.mark.parametrize(
    "text",
    [  # as PyYAML writes them, in its two styles, with and without allow_unicode
        rf'names: [car, "Gr\xF6\xDFe, \u201C\xE9\u201D", {FOLDED}]' "\ntrain: images\n",
        "names:\n- car\n" rf'- "Gr\xF6\xDFe, \u201C\xE9\u201D"' f"\n- {FOLDED}\ntrain: images\n",
        "names:\n  0: car\n"
        r'  1: "Gr\xF6\xDFe, \u201C'
        "\\\n"
        r'    \xE9\u201D"'
        f"\n  2: {FOLDED}\ntrain: images\n",
        f"names:\n  0: 'car'\n  1: Größe, “é”\n  2: '{LONG}'\ntrain: images\n",
    ],
)
def test_names_as_pyyaml_writes_them(text):
    found = parse(text)
    names = found["names"]
    names = list(names.values()) if isinstance(names, dict) else names
    assert names == ["car", "Größe, “é”", LONG]
    assert found["train"] == "images"


def test_escapes_of_yaml():
    text = r"""names: ["\\ \" \/ \t\n\0 \e", "\U0001F600\N\_\L\P\x7f", "\q \xZZ", 'it''s \n']"""
    assert parse(text)["names"] == [
        '\\ " / \t\n\0 \x1b',
        "\U0001f600\x85\xa0\u2028\u2029\x7f",
        r"\q \xZZ",
        r"it's \n",
    ]


@pytest.mark.parametrize("style", [None, False])
@pytest.mark.parametrize("allow", [True, False])
def test_what_pyyaml_writes_now(style, allow):
    yaml = pytest.importorskip("yaml")
    names = [
        "car",
        "Größe, “é” & <b> 'q' \"w\"",
        LONG,
        "漢字 " * 30 + "x",
        "no",
        "1",
        "a: b",
        "# c",
    ]
    for each in (names, dict(enumerate(names))):
        text = yaml.safe_dump({"names": each}, default_flow_style=style, allow_unicode=allow)
        found = parse(text)["names"]
        assert (list(found.values()) if isinstance(found, dict) else found) == names


@pytest.mark.parametrize("folder", ["SegmentationClass", "SegmentationClassPNG"])
@pytest.mark.parametrize("above", ["", "sets/VOC2012"])
def test_voc_as_labelme_writes_it(tmp_path, folder, above):
    root = tmp_path / above
    photo(root / "JPEGImages/a.jpg")
    (root / "class_names.txt").write_text("_background_\ncar\nGröße & b\n", encoding="utf-8")
    for place in (folder, folder.replace("Class", "Object")):
        values = np.where(bits(LEFT), 1, np.where(bits(RIGHT), 2, 0)).astype(np.uint8)
        values[0, 0] = 255
        (root / place).mkdir()
        made = Image.fromarray(values, "P")
        made.putpalette(voc_palette().tobytes())
        made.save(root / place / "a.png")
    if folder != "SegmentationClass":
        (root / "SegmentationClass").mkdir()
        (root / "SegmentationClass/a.npy").write_bytes(b"")
    form = registry.detect(tmp_path)
    assert form.name == "voc"
    images, names, report = read(tmp_path, "voc")
    (image,) = images.values()
    found = {names[each.class_key]: each.mask for each in image.objects}
    assert set(names.values()) == set(found) == {"car", "Größe & b"}
    assert found["car"].same(LEFT)
    assert found["Größe & b"].same(RIGHT)
    assert image.layer[BACKGROUND_KEY].area == SIZE[0] * SIZE[1] - 1 - LEFT.area - RIGHT.area
    assert report.counts == {}


def test_voc_of_two_years_is_opened_one_by_one(tmp_path):
    for year in ("VOC2007", "VOC2012"):
        photo(tmp_path / year / "JPEGImages/a.jpg")
        picture(tmp_path / year / "SegmentationClass/a.png", (1, LEFT))
    assert registry.detect(tmp_path).name != "voc"
    assert registry.detect(tmp_path / "VOC2007").name == "voc"


@pytest.mark.parametrize("ending", ["", "_L"])
def test_camvid_with_a_table_of_commas(tmp_path, ending):
    table = "name,r,g,b\nroad,128,0,0\nGrößte 2,0,128,0\nvoid,0,0,0\n"
    (tmp_path / "class_dict.csv").write_text(table, encoding="utf-8")
    for split in ("train", "val"):
        photo(tmp_path / f"{split}/a.png")
        picture(tmp_path / f"{split}_labels/a{ending}.png", (1, LEFT), (2, RIGHT))
    assert registry.detect(tmp_path).name == "camvid"
    images, names, report = read(tmp_path, "camvid")
    assert {each.path for each in images.values()} == {
        tmp_path / f"{split}/a.png" for split in ("train", "val")
    }
    for image in images.values():
        found = {names[key]: mask for key, mask in image.layer.items()}
        assert set(found) == {"road", "Größte 2"}
        assert found["road"].same(LEFT)
        assert found["Größte 2"].same(RIGHT)
    assert report.counts == {}


def test_roboflow_s_masks_in_the_folders_of_splits(tmp_path):
    for split in ("train", "valid"):
        photo(tmp_path / split / "a_jpg.rf.01.jpg")
        Image.fromarray(bits(LEFT).astype(np.uint8)).save(tmp_path / split / "a_jpg.rf.01_mask.png")
        (tmp_path / split / "_classes.csv").write_text("Pixel Value, Class\n0, background\n1, car")
    assert registry.detect(tmp_path).name == "camvid"
    images, names, report = read(tmp_path, "camvid")
    assert [each.path.parent.name for each in images.values()] == ["train", "valid"]
    (car,) = (key for key, name in names.items() if name == "car")
    assert all(each.layer[car].same(LEFT) for each in images.values())
    assert report.counts == {}


def test_ade20k_in_its_form_for_scene_parsing(tmp_path):
    (tmp_path / "objectInfo150.txt").write_text(
        "Idx\tRatio\tTrain\tVal\tStuff\tName\n1\t0.1\t9\t9\t1\twall          \n"
        "2\t0.1\t9\t9\t0\tperson, individual, someone\n"
    )
    for split in ("training", "validation"):
        photo(tmp_path / f"images/{split}/ADE_1.jpg")
        values = np.where(bits(LEFT), 1, np.where(bits(RIGHT), 2, 0)).astype(np.uint8)
        (tmp_path / f"annotations/{split}").mkdir(parents=True)
        Image.fromarray(values).save(tmp_path / f"annotations/{split}/ADE_1.png")
    assert registry.detect(tmp_path).name == "camvid"
    images, names, report = read(tmp_path, "camvid")
    assert len(images) == 2
    for image in images.values():
        assert image.present
        found = {names[key]: mask for key, mask in image.layer.items()}
        assert set(found) == {"wall", "person"}
        assert found["wall"].same(LEFT)
        assert found["person"].same(RIGHT)
    assert report.counts == {}
