"""Sound files to make mutants of, all made here."""

import io
import json
import random
from pathlib import Path

import numpy as np
from PIL import Image

from engine.document import taxonomy_commands as classes
from engine.document.annotation import Annotation
from engine.formats import registry
from engine.formats.base import Sheet, SheetImage
from engine.formats.format import Work
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.store import Project
from tests.engine.formats.shapes import SHAPES, SIZE
from tests.engine.formats.sheets import taxonomy
from tests.engine.images.bmps import made, rows, runs
from tests.engine.store.strokes import act

KINDS = {"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000", "j2k": "JPEG2000"}
"""What Pillow calls kinds that are not called like their ending."""

CARD = """
id = "cells"
name = "Cells"
file = "cells.onnx"
sha256 = "{sha}"
task = "semantic"

[input]
name = "image"
layout = "NCHW"
dtype = "float32"
height = 64
width = 64

[output]
name = "scores"
layout = "NCHW"
meaning = "logits"

[[classes]]
index = 0
name = "background"
background = true

[[classes]]
index = 1
name = "cell"
"""


def coco(folder: Path) -> list[tuple[str, bytes]]:
    """(name, content) of annotation files that our writers made; pictures lie in the folder."""
    layer = ClassMap(SIZE)
    layer = layer.flip(layer.change(Mask.rectangle((0, 0, 97, 9)), 3))
    objects = [
        Annotation(id=at, class_id=2, mask=SHAPES[shape], order=at, score=0.5)
        for at, shape in enumerate(("donut", "6 x 6", "border"))
    ]
    known = taxonomy(("cat", {}), ("sky", {"thing": False}))
    images = [SheetImage(key=key, file_name=f"{key}.png", size=SIZE) for key in (1, 2)]
    sheets = [Sheet(image=each, objects=objects, layer=layer) for each in images]
    for each in images:
        Image.fromarray(np.zeros(SIZE, np.uint8)).save(folder / each.file_name)
    found = []
    for name, polygons in (("coco", False), ("coco", True), ("coco-panoptic", False)):
        path = folder / f"{name}-{polygons}.json"
        work = Work(
            taxonomy=known,
            images=images,
            sheets=lambda: iter(sheets),
            polygons=polygons,
            scores=True,
        )
        registry.get(name).write(path, work)
        found.append((name, path.read_bytes()))
    return [*found, ("coco", _by_hand())]


def _by_hand() -> bytes:
    """Every form of segmentation in one file."""
    height, width = SIZE
    forms = [
        [[1, 1, 20, 1, 20, 20]],
        [[1, 1, 20, 1, 20, 20], [30, 30, 40, 30, 40, 40]],
        {"size": [height, width], "counts": [5, 20, height * width - 25]},
        {"size": [height, width], "counts": "5d0"},
        [1, 1, 20, 1, 20, 20],
        [[5, 5, 9, 9]],
        [{"size": [height, width], "counts": [5, 20, height * width - 25]}],
        [],
    ]
    entries = [
        {"id": at, "image_id": 1, "category_id": at % 2, "segmentation": form, "area": 12.5,
         "bbox": [1, 1, 19, 19], "iscrowd": at % 2, "score": 0.5}
        for at, form in enumerate(forms)
    ]  # fmt: skip
    image = {"id": 1, "file_name": "1.png", "height": height, "width": width, "license": 1}
    named = [{"id": at, "name": f"c{at}", "supercategory": "x"} for at in (0, 1)]
    top = {"info": {}, "images": [image], "annotations": entries, "categories": named}
    return json.dumps(top).encode()


def results() -> bytes:
    """A list of results for the images of ``project``."""
    rle = {"size": [300, 400], "counts": [5, 20, 300 * 400 - 25]}
    forms = [[[1, 1, 200, 1, 200, 200]], rle, [rle], {"size": [300, 400], "counts": "5d0"}]
    entries = [
        {
            "image_id": 1 + at % 3,
            "category_id": 2 + at % 2,
            "segmentation": form,
            "score": 0.5 + at / 10,
            "bbox": [1, 1, 199, 199],
        }
        for at, form in enumerate(forms * 2)
    ]
    return json.dumps(entries).encode()


def cards() -> list[bytes]:
    """Models' cards: ours, and one with every field that a card has."""
    from engine.models.card import card_text, load_card
    from engine.models.catalog import builtin_models

    small = CARD.format(sha="0" * 64).encode()
    return [small, *(card_text(load_card(each)).encode() for each in _folders(builtin_models()))]


def _folders(place: Path) -> list[Path]:
    return [each for each in sorted(place.iterdir()) if (each / "card.toml").is_file()]


def project(folder: Path) -> bytes:
    """A project with things, stuff, proposals, undo and several images."""
    path = folder / "a.maskwright"
    made = Project.create(path)
    for name, thing in (("cell", True), ("nucleus", True), ("road", False)):
        made.project_history.do(classes.add_class(made.taxonomy, name, thing=thing))
    rows = made.add_images([folder / f"{n}.png" for n in range(3)], [(300, 400)] * 3)
    _annotate(made, rows[0].id)
    made.close()
    return path.read_bytes()


def _annotate(made: Project, image: int) -> None:
    document = made.load(image)
    history, chance = made.history(document), random.Random(3)
    for _ in range(30):
        act(chance, document, history, made.taxonomy)
    made.set_proposals(
        image,
        [
            Annotation(id=number, class_id=3, mask=SHAPES["donut"], proposal=True, score=0.4)
            for number in made.new_ids(2)
        ],
    )


def pictures(folder: Path) -> list[tuple[str, bytes]]:
    """(suffix, content) of small pictures of every kind that is read."""
    rgb = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
    photo = Image.fromarray(rgb)
    grey, palette, alpha = photo.convert("L"), photo.quantize(16), photo.convert("RGBA")
    deep = Image.fromarray(rgb[..., 0].astype(np.uint16) * 257)
    forms = [
        ("jpg", photo, {"progressive": True}), ("jpg", grey, {}),
        ("jpg", photo.convert("CMYK"), {}), ("png", photo, {}),
        ("png", palette, {"transparency": 3}), ("png", deep, {}), ("png", alpha, {}),
        ("png", grey.convert("1"), {}), ("bmp", photo, {}), ("bmp", palette, {}),
        ("gif", palette, {"save_all": True, "append_images": [palette, palette]}),
        ("webp", photo, {}), ("webp", alpha, {"lossless": True}), ("avif", photo, {}),
        ("jp2", photo, {}), ("j2k", grey, {}), ("ppm", photo, {}), ("tga", photo, {"rle": True}),
        ("ico", alpha, {}), ("pcx", photo, {}), ("dds", alpha, {}), ("sgi", photo, {}),
        *(("tif", photo, {"compression": each}) for each in
          ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd")),
        ("tif", grey.convert("1"), {"compression": "group4"}), ("tif", deep, {}),
        ("tif", photo.convert("CMYK"), {}), ("tif", photo.convert("LAB"), {}),
        ("tif", photo, {"save_all": True, "append_images": [grey, palette]}),
    ]  # fmt: skip
    found = []
    for suffix, image, options in forms:
        buffer = io.BytesIO()
        kind = {"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000", "j2k": "JPEG2000"}.get(
            suffix, suffix
        )
        image.copy().save(buffer, kind.upper(), **options)
        found.append((suffix, buffer.getvalue()))
    return [*found, *_rare_bmps(folder, rgb), *_by_tifffile(folder, rgb)]


def _rare_bmps(folder: Path, rgb: np.ndarray) -> list[tuple[str, bytes]]:
    """Those that Pillow does not read."""
    path = folder / "seed.bmp"
    small = rgb[:9, :11]
    values = small[..., 0].astype(np.uint32) << 8
    masks = (0xF00, 0xF0, 0xF, 0xF000)
    palette = {"colors": 4, "palette": bytes(range(16))}
    forms = [
        {"bits": 16, "packing": 3, "data": rows(values, 16), "masks": masks, "length": 56},
        {"bits": 2, "packing": 0, "data": bytes(9 * 4), **palette},
        {"bits": 24, "packing": 4, "data": runs(small), "length": 64},
    ]
    return [("bmp", made(path, (9, 11), **each).read_bytes()) for each in forms]


def _by_tifffile(folder: Path, rgb: np.ndarray) -> list[tuple[str, bytes]]:
    """Tiled, planar, float and OME files, large enough to be read by region."""
    import tifffile

    path = folder / "t.tif"
    stack = np.stack([rgb[..., 0].astype(np.uint16)] * 4)
    forms = [
        (rgb, {"tile": (16, 16), "compression": "deflate", "predictor": 2}),
        (np.moveaxis(rgb, -1, 0), {"planarconfig": "separate", "photometric": "rgb"}),
        (rgb.astype(np.float32), {"photometric": "rgb", "compression": "deflate"}),
        (stack, {"ome": True, "metadata": {"axes": "CYX", "Channel": {"Name": list("abcd")}}}),
        (stack, {"imagej": True}),
        (rgb, {"bigtiff": True, "subifds": 1, "tile": (16, 16)}),
    ]
    found = []
    for pixels, options in forms:
        kind = {each: options.pop(each) for each in ("ome", "imagej", "bigtiff") if each in options}
        with tifffile.TiffWriter(path, **kind) as file:
            file.write(pixels, **options)
            if options.get("subifds"):
                file.write(rgb[::2, ::2], tile=(16, 16), subfiletype=1)
        found.append(("tif", path.read_bytes()))
    return found


def networks() -> list[bytes]:
    """ONNX files: a plain network, one with an ArgMax, a subgraph, a function and external data."""
    import onnx
    from onnx import TensorProto, helper

    def graph(nodes, out, weights=()):
        return helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
            [helper.make_tensor_value_info(*out)],
            list(weights),
        )

    rng = np.random.default_rng(2)
    kernel = onnx.numpy_helper.from_array(rng.normal(size=(4, 3, 3, 3)).astype(np.float32), "k")
    conv = helper.make_node("Conv", ["x", "k"], ["y"], pads=[1, 1, 1, 1])
    scores = ("y", TensorProto.FLOAT, [1, 4, "h", "w"])
    chosen = ("z", TensorProto.INT64, [1, "h", "w"])
    largest = helper.make_node("ArgMax", ["y"], ["z"], axis=1, keepdims=0)
    outside = onnx.TensorProto()
    outside.CopyFrom(kernel)
    onnx.external_data_helper.set_external_data(outside, "weights.bin")
    outside.ClearField("raw_data")
    made = [
        graph([conv], scores, [kernel]),
        graph([conv, largest], chosen, [kernel]),
        graph([conv], scores, [outside]),
    ]
    found = []
    for each in made:
        model = helper.make_model(each, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        model.metadata_props.add(key="names", value="{0: 'a', 1: 'b', 2: 'c', 3: 'd'}")
        found.append(model.SerializeToString())
    return found
