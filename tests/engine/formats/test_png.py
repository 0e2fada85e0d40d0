import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.io import imread

from engine.document.annotation import Annotation
from engine.document.taxonomy import BACKGROUND
from engine.errors import EngineError
from engine.formats.base import BACKGROUND_KEY
from engine.formats.png_colors import read_indices
from engine.formats.png_read import PngReading, Target, mask_files, unknown_values
from engine.formats.png_values import parse_map
from engine.formats.png_write import index_image, value_table, write_png
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from tests.engine.formats.sheets import SIZE, sheet, taxonomy

CLASSES = taxonomy(("cat", {}), ("sky", {"thing": False, "color": "#0102FF"}))


@pytest.fixture
def masks(tmp_path, picture):
    """Write index masks and a photo for each; answers (folder, targets)."""

    def write(**arrays):
        folder = tmp_path / "masks"
        folder.mkdir(exist_ok=True)
        targets = []
        for name, array in arrays.items():
            Image.fromarray(np.asarray(array)).save(folder / f"{name}.png")
            path = picture(f"photos/{name}.jpg", size=np.asarray(array).shape[:2])
            targets.append(Target(path, f"{name}.jpg"))
        return folder, targets

    return write


def labels(dtype=np.uint8):
    array = np.zeros(SIZE, dtype)
    array[:10] = 3
    array[20:, 30:] = 255
    return array


def test_values_are_class_ids_background_and_void(masks):
    folder, targets = masks(a=labels())
    reading = PngReading(folder, targets, CLASSES)
    (image,) = reading.images()
    names = {each.key: each.name for each in reading.classes}
    found = {names.get(key, key): mask for key, mask in image.layer.items()}
    assert set(found) == {"sky", BACKGROUND_KEY}
    assert found["sky"].same(Mask.rectangle((0, 0, 40, 10)))
    assert found[BACKGROUND_KEY].area == 1200 - 400 - 100


def test_values_that_mean_nothing_are_refused_by_name(masks):
    folder, targets = masks(a=labels() + 100, b=labels() // 3 * 7)
    with pytest.raises(EngineError, match=r": 7, 83, 99, 100, 103\."):
        PngReading(folder, targets, CLASSES)
    assert 99 in unknown_values(folder, CLASSES)


def test_a_mask_of_one_class_is_not_taken_for_background_and_void(masks):
    array = np.zeros(SIZE, np.uint8)
    array[:10] = 255
    folder, _ = masks(a=array)
    assert unknown_values(folder, CLASSES) == {255: 1}
    array = np.minimum(array, 1)
    folder, _ = masks(a=array)
    assert unknown_values(folder, CLASSES) == {1: 1}


def test_what_the_user_says_counts_first(masks):
    folder, targets = masks(a=labels())
    said = parse_map("0=ignore, 3=nucleus,255=cat")
    reading = PngReading(folder, targets, CLASSES, said)
    (image,) = reading.images()
    names = {each.key: each.name for each in reading.classes}
    assert {names[key] for key in image.layer} == {"nucleus", "cat"}


@pytest.mark.parametrize("text", ["x", "1", "a=b", "-1=cat", "1=a,=b"])
def test_a_map_that_is_none_is_refused(text):
    with pytest.raises(EngineError, match="VALUE=CLASS"):
        parse_map(text)


def test_a_value_no_pixel_can_have_is_refused(masks):
    folder, targets = masks(a=labels())
    with pytest.raises(EngineError, match="0 to 65,535"):
        PngReading(folder, targets, CLASSES, {70000: "cat"})


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (Image.fromarray, None),
        (lambda a: Image.fromarray(a.astype(np.uint16)), None),
        (lambda a: Image.fromarray(np.dstack([a] * 3)), None),
        (lambda a: Image.fromarray(a > 2), "bits"),
    ],
)
def test_grey_palette_wide_and_bilevel_files(tmp_path, make, wanted):
    array = labels()
    path = tmp_path / "m.png"
    make(array).save(path)
    truth = (array > 2) if wanted else array
    assert np.array_equal(read_indices(path), truth)


def test_palette_files_give_indices_and_narrow_grey_is_not_stretched(tmp_path):
    array = labels() % 4
    image = Image.fromarray(array)
    image.putpalette([9, 9, 9] * 256)
    image.save(tmp_path / "p.png", bits=2)
    assert np.array_equal(read_indices(tmp_path / "p.png"), array)
    import cv2

    cv2.imwrite(str(tmp_path / "g.png"), array & 1, [cv2.IMWRITE_PNG_BILEVEL, 1])
    assert np.array_equal(read_indices(tmp_path / "g.png"), array & 1)


def test_a_colour_picture_is_refused(tmp_path):
    array = np.dstack([labels(), labels(), labels() // 2])
    Image.fromarray(array).save(tmp_path / "m.png")
    with pytest.raises(EngineError, match="colour picture"):
        read_indices(tmp_path / "m.png")


def test_masks_pair_by_folder_and_name_with_usual_endings(masks, picture, tmp_path):
    folder, targets = masks(a_mask=labels(), b=labels(), c=labels())
    targets = [
        Target(picture("photos/a.jpg"), "a.jpg"),
        Target(picture("photos/x/b.jpg"), "x/b.jpg"),
        Target(picture("photos/y/c.jpg"), "y/c.jpg"),
        Target(picture("photos/z/c.jpg"), "z/c.jpg"),
    ]
    reading = PngReading(folder, targets, CLASSES)
    assert [each.file_name for each in reading.images()] == ["a.jpg", "x/b.jpg"]
    assert reading.report.counts == {"no image": 1}


def test_masks_of_another_size_are_left_out(masks, picture):
    folder, _ = masks(a=labels())
    target = Target(picture("other/a.jpg", size=(60, 80)), "a.jpg")
    reading = PngReading(folder, [target], CLASSES)
    assert list(reading.images()) == []
    assert reading.report.counts == {"other size": 1}


def test_masks_of_the_stored_photo_are_turned(masks, picture):
    folder, _ = masks(a=labels())
    target = Target(picture("turned/a.jpg", orientation=6), "a.jpg")
    (image,) = PngReading(folder, [target], CLASSES).images()
    assert image.size == (40, 30)
    sky = next(mask for key, mask in image.layer.items() if key != BACKGROUND_KEY)
    assert sky.same(Mask.rectangle((20, 0, 30, 40)))


def test_an_empty_folder_is_said(tmp_path):
    with pytest.raises(EngineError, match="no PNG files"):
        PngReading(tmp_path, [], CLASSES)


# -- writing


def painted():
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 40, 20)), BACKGROUND))
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 40, 10)), 3))
    return sheet(Mask.rectangle((5, 5, 20, 25)), layer=layer)


def test_things_stand_above_regions_and_unlabelled_is_void():
    array = index_image(painted(), value_table(CLASSES))
    assert array.dtype == np.uint8
    assert (array[0, 0], array[12, 0], array[12, 10], array[29, 0]) == (3, 0, 2, 255)


def test_written_masks_are_grey_and_have_a_table(tmp_path):
    """OpenCV and scikit-image would read the colours of a palette instead of the values."""
    written = write_png(tmp_path / "out", CLASSES, [painted()])
    assert (written.images, written.masks) == (1, 1)
    path = tmp_path / "out" / "a.png"
    with Image.open(path) as image:
        assert image.mode == "L"
        array = np.asarray(image)
    assert np.array_equal(imread(path), array)
    assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), array)
    table = json.loads((tmp_path / "out" / "classes.json").read_text())["classes"]
    assert [(each["value"], each["name"]) for each in table] == [
        (0, "background"),
        (2, "cat"),
        (3, "sky"),
        (255, "ignore"),
    ]


@pytest.mark.parametrize("consecutive", [False, True])
def test_what_was_written_reads_back_the_same(tmp_path, picture, consecutive):
    page = painted()
    write_png(tmp_path / "out", CLASSES, [page], consecutive=consecutive)
    target = Target(picture("photos/a.png"), "a.png")
    reading = PngReading(tmp_path / "out", [target], taxonomy(("other", {})))
    (image,) = reading.images()
    names = {each.key: each.name for each in reading.classes}
    found = {names.get(key, "background"): mask for key, mask in image.layer.items()}
    cat = Mask.rectangle((5, 5, 20, 25))
    assert found["cat"].same(cat)
    assert found["sky"].same(Mask.rectangle((0, 0, 40, 10)) - cat)
    assert found["background"].same(Mask.rectangle((0, 10, 40, 20)) - cat)


def test_many_classes_need_two_bytes(tmp_path):
    many = taxonomy(*((f"c{at}", {}) for at in range(300)))
    page = sheet()
    objects = [Annotation(id=1, class_id=301, mask=Mask.rectangle((0, 0, 9, 9)))]
    page = type(page)(image=page.image, objects=objects, layer=page.layer)
    write_png(tmp_path / "out", many, [page])
    array = read_indices(tmp_path / "out" / "a.png")
    assert array.dtype == np.uint16
    assert (array[0, 0], array[20, 20]) == (301, 65535)


def test_images_of_one_stem_do_not_share_a_mask(tmp_path):
    pages = [sheet(key=1, name="a.png"), sheet(key=2, name="a.jpg"), sheet(key=3, name="b/a.jpg")]
    write_png(tmp_path / "out", CLASSES, pages)
    names = {each.relative_to(tmp_path / "out").as_posix() for each in tmp_path.rglob("*.png")}
    assert names == {"a.png", "a_jpg.png", "b/a.png"}


def test_a_name_does_not_lead_out_of_the_folder(tmp_path):
    write_png(tmp_path / "out", CLASSES, [sheet(name="../../evil.png"), sheet(name="/abs.png")])
    assert not (tmp_path.parent / "evil.png").exists()
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        "evil.png",
        "abs.png",
        "classes.json",
    }


def test_masks_pair_with_names_that_differ_a_little(masks, picture):
    """In case and Unicode form; what is called exactly so goes first, and one mask an image."""
    folder, _ = masks(**{"a": labels(), "A": labels(), "caf\u00e9": labels(), "B_mask": labels()})
    targets = [
        Target(picture("photos/a.PNG"), "a.PNG"),
        Target(picture("photos/x.jpg"), "cafe\u0301.jpg"),
        Target(picture("photos/b.jpg"), "b.jpg"),
    ]
    reading = PngReading(folder, targets, CLASSES)
    assert {each.file_name for each in reading.images()} == {"a.PNG", "cafe\u0301.jpg", "b.jpg"}
    assert reading.report.counts == {"no image": 1}


def test_a_chosen_folder_goes_before_images_of_the_same_name(masks, picture):
    folder, _ = masks(a=labels())
    targets = [
        Target(picture("mine/a.png"), "a.png"),
        Target(picture("chosen/a.png"), "a.png", chosen=True),
    ]
    (image,) = PngReading(folder, targets, CLASSES).images()
    assert image.path == targets[1].path


def test_an_image_whose_file_is_away_keeps_its_mask(masks, tmp_path):
    folder, _ = masks(a=labels())
    away = Target(tmp_path / "away/a.png", "a.png")
    (image,) = PngReading(folder, [away], CLASSES).images()
    assert (image.present, image.size, len(image.layer)) == (False, SIZE, 2)
    reading = PngReading(folder, [replace(away, size=(60, 80))], CLASSES)
    assert list(reading.images()) == []
    assert reading.report.counts == {"other size": 1}


def test_exported_photos_beside_the_masks_are_no_masks(masks, picture):
    folder, targets = masks(a=labels())
    Image.fromarray(np.full(SIZE, 200, np.uint8)).save(_made(folder / "images") / "a.png")
    assert mask_files(folder) == [folder / "a.png"]
    assert mask_files(folder / "images") == [folder / "images/a.png"]
    (image,) = PngReading(folder, targets, CLASSES).images()
    assert image.path == targets[0].path


def _made(folder):
    folder.mkdir()
    return folder
