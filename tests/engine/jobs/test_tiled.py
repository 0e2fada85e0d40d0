import json

import numpy as np
import pytest
from PIL import Image

from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.formats.base import SheetImage
from engine.jobs import tiled
from engine.jobs.job import ExportSpec
from engine.masks import rle
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project

SIZE = (150, 230)
SIDE = 64


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 255, (*SIZE, 3)).astype(np.uint8)


@pytest.fixture
def project(tmp_path, pixels):
    """One image of 150 × 230 with three objects of "cat" and some "sky"."""
    (tmp_path / "in").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "a.png")
    made = Project.create(tmp_path / "p.maskwright")
    taxonomy = made.taxonomy
    cat = taxonomy.new_class("cat")
    made.add_classes([cat, taxonomy.with_(cat).new_class("sky", thing=False)])
    made.add_images([tmp_path / "in" / "a.png"], [SIZE])
    hole = Mask.rectangle((30, 20, 200, 120)) - Mask.rectangle((60, 50, 100, 90))
    masks = [Mask.rectangle((3, 4, 20, 30)), hole, Mask.rectangle((229, 149, 230, 150))]
    ids = made.new_ids(3)
    objects = [
        Annotation(id=number, class_id=2, mask=mask, order=number, coco_id=70 + number)
        for number, mask in zip(ids, masks, strict=True)
    ]
    made.add_annotations(1, objects, status=Status.DONE)
    made.flush()
    yield made
    made.close()


@pytest.fixture
def masks(project):
    return {each.id: each.mask for each in project.annotations(1)}


def export(run, project, target, **options):
    spec = ExportSpec(project=str(project.path), target=str(target), **options)
    return run(spec)


def test_tiles_add_up_to_the_image(project, run, tmp_path, masks, pixels):
    target = tmp_path / "out" / "set.json"
    _, done, _ = export(run, project, target, tile=SIDE)
    assert done.outcome == "done", done.error
    assert done.result["summary"].endswith("in 12 tiles of 1 image, all identical.")
    data = json.loads(target.read_text())
    assert len(data["images"]) == 12
    found = {number: np.zeros(SIZE, bool) for number in masks}
    whole = np.zeros_like(pixels)
    by_id = {each["id"]: each for each in data["images"]}
    for each in data["images"]:
        left, top = each["tile_left"], each["tile_top"]
        assert each["source_file_name"] == "a.png"
        assert (each["source_height"], each["source_width"]) == SIZE
        picture = np.asarray(Image.open(target.parent / each["file_name"]))
        assert picture.shape[:2] == (each["height"], each["width"])
        whole[top : top + each["height"], left : left + each["width"]] = picture
    assert np.array_equal(whole, pixels)
    for each in data["annotations"]:
        image = by_id[each["image_id"]]
        size = (image["height"], image["width"])
        bits = rle.decode(each["segmentation"]["counts"], size).read((0, 0, size[1], size[0]))
        assert bits.sum() == each["area"] > 0
        source = each.get("source_annotation", each["id"] - 70)
        left, top = image["tile_left"], image["tile_top"]
        found[source][top : top + size[0], left : left + size[1]] |= bits
    for number, mask in masks.items():
        assert np.array_equal(found[number], mask.read((0, 0, SIZE[1], SIZE[0])))


def test_objects_in_one_tile_keep_their_number(project, run, tmp_path, masks):
    target = tmp_path / "set.json"
    export(run, project, target, tile=SIDE)
    entries = json.loads(target.read_text())["annotations"]
    kept = [each["id"] for each in entries if "source_annotation" not in each]
    assert sorted(kept) == sorted(70 + number for number in list(masks)[::2])
    assert len({each["id"] for each in entries}) == len(entries)


def test_a_tiled_set_can_be_verified_and_imported_again(project, run, tmp_path):
    from engine.formats.verify import verify_file
    from engine.jobs.job import ImportSpec

    target = tmp_path / "set.json"
    _, done, _ = export(run, project, target, tile=SIDE, deep=True)
    assert done.result["decoded"] == done.result["masks"]
    assert verify_file(target, deep=True).problems == []
    other = Project.create(tmp_path / "q.maskwright")
    other.close()
    _, done, _ = run(ImportSpec(project=str(tmp_path / "q.maskwright"), source=str(target)))
    assert done.outcome == "done"
    assert done.result["images"] == 12


def test_index_pngs_are_cut_too(project, run, tmp_path, masks):
    target = tmp_path / "masks"
    _, done, _ = export(run, project, target, format="png", tile=100)
    assert done.outcome == "done", done.error
    assert {each.name for each in (tmp_path / "masks_tiles").iterdir()} == {
        f"a_x{left}_y{top}.png" for left in (0, 100, 200) for top in (0, 100)
    }
    part = np.asarray(Image.open(target / "a_x0_y0.png"))
    union = np.zeros(SIZE, bool)
    for mask in masks.values():
        union |= mask.read((0, 0, SIZE[1], SIZE[0]))
    assert np.array_equal(part == 2, union[:100, :100])


def test_deep_pictures_keep_their_bits(project, run, tmp_path):
    deep = np.random.default_rng(1).integers(0, 60_000, SIZE).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "in" / "a.png")
    export(run, project, tmp_path / "set.json", tile=100)
    tile = np.asarray(Image.open(tmp_path / "set_tiles" / "a_x100_y100.png"))
    assert np.array_equal(tile, deep[100:, 100:200])


def test_an_image_that_is_gone_leaves_its_masks(project, run, tmp_path):
    (tmp_path / "in" / "a.png").unlink()
    _, done, events = export(run, project, tmp_path / "set.json", tile=100)
    assert done.outcome == "done"
    said = [each.text for each in events if type(each).__name__ == "Note"]
    assert any(text.startswith("The pictures of a.png were not written.") for text in said)


@pytest.mark.parametrize("side", [1, 63, -5, 20_000])
def test_sides_that_make_no_sense_are_refused(project, run, tmp_path, side):
    _, done, _ = export(run, project, tmp_path / "set.json", tile=side)
    assert done.outcome == "failed"
    assert "Choose from 64 to 16,384." in done.error
    assert not (tmp_path / "set.json").exists()


@pytest.mark.parametrize("format_", ["coco", "png"])
def test_more_than_two_to_the_31_pixels_need_tiles(project, run, tmp_path, format_):
    project.set_image(1, size=(60_000, 100_000))
    project.flush()
    _, done, _ = export(run, project, tmp_path / "set", format=format_)
    assert done.outcome == "failed"
    assert "a.png has 6,000 million pixels" in done.error
    assert "--tile 4096" in done.error
    assert not (tmp_path / "set").exists()


def test_an_image_of_just_2_to_the_31_pixels_less_one_is_no_matter():
    tiled.check_sizes([SheetImage(key=1, file_name="a.tif", size=(1, 2**31 - 1))])


def test_tiles_of_a_huge_image_share_no_memory_with_its_area():
    size = (60_000, 100_000)
    image = SheetImage(key=4, file_name="b/huge.tif", mask_name="b/huge", size=size)
    tiles = tiled.cut([image], 4096, tiled.Path("/out/set.json"))
    assert len(tiles.images) == 25 * 15
    assert tiles.images[-1].size == (60_000 - 14 * 4096, 100_000 - 24 * 4096)
    assert tiles.images[0].file_name == "set_tiles/b/huge_x0_y0.png"
    assert len({each.file_name for each in tiles.images}) == 375
    mask = Mask.rectangle((90_000, 50_000, 90_300, 50_200))
    from engine.formats.base import Sheet

    thing = Annotation(id=1, class_id=2, mask=mask)
    sheets = list(
        tiled.tile_sheets([Sheet(image=image, objects=[thing], layer=ClassMap(size))], tiles)
    )
    assert sum(each.mask.area for sheet in sheets for each in sheet.objects) == 60_000
