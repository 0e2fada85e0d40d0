"""Masks whose pixels are the colours of classes."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats import registry
from engine.formats.format import Work
from engine.formats.png_read import PngReading, Target, unknown_values
from engine.formats.png_values import COLOR, parse_map, value_name
from engine.formats.report import Report
from engine.formats.resolve import Resolver
from engine.masks.mask import Mask
from tests.engine.formats.sheets import BLOB, SIZE, sheet, taxonomy

RED, GREY = (255, 0, 0), (128, 128, 128)


def masks(folder, *pictures):
    folder.mkdir(exist_ok=True)
    targets = []
    for name, array in pictures:
        Image.fromarray(array).save(folder / name)
        photo = folder.parent / name
        Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(photo)
        targets.append(Target(photo, name))
    return targets


def painted(color, box=(5, 5, 20, 15)):
    array = np.zeros((*SIZE, 3), np.uint8)
    array[box[1] : box[3], box[0] : box[2]] = color
    return array


def test_colours_of_the_projects_classes_need_no_question(tmp_path):
    classes = taxonomy(("cat", {"color": "#FF0000"}))
    targets = masks(tmp_path / "m", ("a.png", painted(RED)))
    assert unknown_values(tmp_path / "m", classes) == {}
    reading = PngReading(tmp_path / "m", targets, classes)
    (image,) = reading.images()
    names = {each.key: each.name for each in reading.classes}
    found = {names.get(key, "background"): mask for key, mask in image.layer.items()}
    assert found["cat"].same(BLOB)
    assert found["background"].area == SIZE[0] * SIZE[1] - BLOB.area


def test_unknown_colours_are_asked_for_and_can_be_said(tmp_path):
    targets = masks(tmp_path / "m", ("a.png", painted(RED)), ("b.png", painted(GREY)))
    unknown = unknown_values(tmp_path / "m", taxonomy())
    # The grey file holds colours as well: another one of the folder is in colour.
    assert {value_name(value): files for value, files in unknown.items()} == {
        "#FF0000": 1,
        "#808080": 1,
    }
    with pytest.raises(EngineError, match="--map #FF0000=NAME,#808080=NAME"):
        PngReading(tmp_path / "m", targets, taxonomy())
    said = parse_map("#ff0000=dog, #808080=ignore")
    reading = PngReading(tmp_path / "m", targets, taxonomy(), said)
    first, second = reading.images()
    dog = next(each.key for each in reading.classes if each.name == "dog")
    assert first.layer[dog].same(BLOB)
    assert len(second.layer) == 1  # background; what is ignored stays unlabelled


def test_photos_are_no_masks(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)
    masks(tmp_path / "m", ("a.png", noise))
    with pytest.raises(EngineError, match=r"a\.png has more than 4,096 colours"):
        unknown_values(tmp_path / "m", taxonomy())


def test_no_two_classes_share_a_colour(tmp_path):
    classes = taxonomy(
        ("cat", {"color": "#102030"}), ("dog", {"color": "#102030"}), ("hen", {"color": "#000000"})
    )
    report = Report()
    page = sheet(BLOB)
    work = Work(
        taxonomy=classes,
        images=[page.image],
        sheets=lambda: iter([page]),
        colors=True,
        report=report,
    )
    registry.get("png").write(tmp_path / "out", work)
    table = json.loads((tmp_path / "out" / "classes.json").read_text())
    assert table["colors"] is True
    colors = {each["name"]: each.get("color") for each in table["classes"]}
    assert len(set(colors.values())) == len(colors) == 5
    assert colors["cat"] == "#102030"
    assert [each.text[:5] for each in report.remarks()] == ["“dog”", "“hen”"]


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (Resolver(), (0, 600)),
        (Resolver("smaller"), (300, 300)),
        (Resolver("void"), (0, 300)),
    ],
)
def test_shared_pixels_follow_the_rules(tmp_path, rules, left):
    classes = taxonomy(("cat", {}), ("dog", {}))
    small, large = Mask.rectangle((0, 0, 15, 20)), Mask.rectangle((0, 0, 30, 20))
    from dataclasses import replace

    page = sheet(small, large)
    page = replace(page, objects=[page.objects[0], replace(page.objects[1], class_id=3)])
    work = Work(taxonomy=classes, images=[page.image], sheets=lambda: iter([page]), resolver=rules)
    registry.get("png").write(tmp_path / "out", work)
    values = np.asarray(Image.open(tmp_path / "out" / "a.png"))
    assert ((values == 2).sum(), (values == 3).sum()) == left


def test_pixels_of_nobody_can_be_refused(tmp_path):
    page = sheet(BLOB)
    work = Work(
        taxonomy=taxonomy(),
        images=[page.image],
        sheets=lambda: iter([page]),
        resolver=Resolver(refuse=True),
    )
    with pytest.raises(EngineError, match=r"1,050 pixels of a\.png belong to nothing"):
        registry.get("png").write(tmp_path / "out", work)


@pytest.mark.parametrize("text", ["#12345=cat", "#GGGGGG=cat", "red=cat"])
def test_what_is_no_colour_is_said(text):
    with pytest.raises(EngineError, match="does not say what a value means"):
        parse_map(text)


def test_values_and_colours_are_told_apart():
    assert parse_map("1=a,#010000=b") == {1: "a", COLOR + 1: "b"}
    assert (value_name(1), value_name(COLOR + 1)) == ("1", "#010000")
