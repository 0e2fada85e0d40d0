"""Small files that once took minutes or all of the memory."""

import numpy as np
import pytest
from PIL import Image

from engine.errors import EngineError
from engine.formats import label_masks, registry
from engine.formats.color_masks import table_of
from engine.formats.format import ReadOptions
from engine.formats.reading import ClassBook
from engine.formats.simple_yaml import parse
from engine.formats.yolo import class_names


@pytest.mark.parametrize(
    "text",
    [
        'names: ["' + "\\a" * 40 + "]",
        "names: ['" + "''" * 4000 + "]",
        'names: ["a", "' + '\\"' * 20_000 + "]",
        "names: [" + "'," * 20_000 + "]",
        "a" + " " * 200_000 + "b",
        '"' + " " * 200_000 + "b: c",
        "names:\n" + "".join(f"  {at}: c\n" for at in range(50_000)),
        "names:\n" + "- c\n" * 50_000,
        "names: [\n" + '  "c",\n' * 50_000 + "]",
    ],
)
def test_yaml_is_read_in_time_that_grows_with_its_length(text):
    assert isinstance(parse(text), dict)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('names: ["a, \\"b\\", c", d]', ['a, "b", c', "d"]),
        ("names: ['it''s, so', b]", ["it's, so", "b"]),
        ("names: [it's, b, that's]", ["it's", "b", "that's"]),
        ('names: ["open, b]', ['"open', "b"]),
        ('names: {0: "a, b", "1": c}', {"0": "a, b", "1": "c"}),
        ("names:\n  'a b': c\n  d e: f # g", {"a b": "c", "d e": "f"}),
        ("names:\n- a: b\n-c\n- d", ["a: b", "d"]),
        ("names:\n  - 'x'\n  y\n  - z", ["x", "z"]),
        ("http://a: b\nnames: [c]", ["c"]),
    ],
)
def test_quotes_and_keys_of_yaml(text, names):
    assert parse(text)["names"] == names


@pytest.mark.parametrize("key", ["²", "-1", "1e9999", "9" * 5000, "x", ""])
def test_numbers_of_classes_that_are_none_are_passed_over(tmp_path, key):
    (tmp_path / "data.yaml").write_text(f"names:\n  '{key}': a\n  0: b\n", encoding="utf-8")
    assert class_names(tmp_path) == ["b"]


def noise(folder, bits, side=260):
    """A photo in place of a mask file: every value all over it."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(2).integers(0, 1 << bits, (side, side))
    Image.fromarray(random.astype(np.uint16 if bits > 8 else np.uint8)).save(folder / "a.png")
    return folder


@pytest.fixture
def strict(monkeypatch):
    """As if the pictures were larger."""
    monkeypatch.setattr(label_masks, "STREWN_FREE", 0)


@pytest.mark.parametrize(
    ("name", "folder", "bits"),
    [
        ("png-instances", "a", 16),
        ("png-instances", "a", 8),
        ("voc", "a/SegmentationClass", 8),
        ("camvid", "a/trainannot", 8),
    ],
)
def test_a_photo_is_no_picture_of_labels(tmp_path, strict, name, folder, bits):
    noise(tmp_path / folder, bits)
    (tmp_path / "a/label_colors.txt").write_text("0 0 0 Void\n")
    reading = registry.get(name).read(tmp_path / "a", ReadOptions())
    assert list(reading.images()) == []
    (remark,) = reading.report.remarks()
    assert "is no picture of labels, but like a photo" in remark.text


def test_many_objects_beside_each_other_are_labels_all_the_same(tmp_path, strict):
    values = np.arange(1, 10_001, dtype=np.uint16).reshape(100, 100).repeat(4, 0).repeat(4, 1)
    assert len(label_masks.label_masks(values)) == 10_000
    twenty = np.random.default_rng(1).integers(0, 21, (300, 300))
    assert len(label_masks.label_masks(twenty.astype(np.uint8), skip=())) == 21


def test_figures_are_the_same_over_bands(monkeypatch):
    values = np.random.default_rng(3).integers(0, 9, (300, 700)).astype(np.uint8)
    whole = label_masks._figures(values, (0,))
    values = np.concatenate([values] * 8)  # 2,400 rows, of which a band holds 1,497
    found = label_masks.value_figures(values)
    assert [*found] == [*range(1, 9)]
    assert all(found[key][0] == 8 * whole[key][0] for key in whole)
    for key, (_, (left, top, right, bottom)) in found.items():
        rows, columns = np.nonzero(values == key)
        sides = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert (left, top, right, bottom) == sides


def test_a_picture_of_more_values_than_anything_has(monkeypatch):
    monkeypatch.setattr(label_masks, "MOST_VALUES", 100)
    with pytest.raises(EngineError, match="more than 100 values"):
        label_masks.value_figures(np.arange(1000, dtype=np.uint16).reshape(10, 100))


@pytest.mark.parametrize(
    "line", [" ".join("1" * 700), "9" * 5000 + " 0 0 x", "² 0 0 x", "a" + " " * 5000 + "1 b"]
)
def test_lines_of_a_table_of_colors_that_are_none(tmp_path, line):
    (tmp_path / "label_colors.txt").write_text(line, encoding="utf-8")
    with pytest.raises(EngineError, match=r"label_colors\.txt"):
        table_of(tmp_path)


@pytest.mark.parametrize("color", [[[1], 2, 3], [1.0, 2, 3], [True, 2, 3], [1, 2], "abc", None])
def test_colors_in_a_table_that_are_none(tmp_path, color):
    import json

    meta = {"label_map": {"0": "a"}, "segmentation_colors": [color]}
    (tmp_path / "dataset_meta.json").write_text(json.dumps(meta))
    with pytest.raises(EngineError, match="no list of three numbers"):
        table_of(tmp_path)


def test_as_many_classes_as_objects_take_no_longer_than_one(monkeypatch):
    book = ClassBook()
    keys = [book.key(f"class {at}", thing=at % 2 == 0) for at in range(20_000)]
    assert [book.is_thing(key) for key in keys] == [True, False] * 10_000
    book.classes = None  # it is not gone through
    assert not book.is_thing(-1)
