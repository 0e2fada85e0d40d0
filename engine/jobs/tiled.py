"""Images exported as tiles: pictures, masks and places of parts that other tools can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.formats.base import Sheet, SheetImage
from engine.formats.whole import write_whole
from engine.images.convert import Box, Raw
from engine.masks.class_map import ClassMap
from engine.store import ImageRow

LARGEST: Final = 2**31 - 1
"""Pixels of an image beyond which tools that read COCO or whole masks count wrongly."""

SMALLEST, LONGEST = 64, 16384
"""Pixels along the side of a tile."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles of all images of an export.

    Attributes:
        images: one for each tile, as writers know them.
        boxes: of each tile in its image.
        counts: tiles of each image, by its key.
        folder: of the pictures.
    """

    images: list[SheetImage]
    boxes: list[Box]
    counts: Mapping[int, int]
    folder: Path


def check_side(side: int) -> None:
    """Refuse a size that makes no sense.

    Raises:
        EngineError: naming what is possible.
    """
    if side and not SMALLEST <= side <= LONGEST:
        raise EngineError(
            f"Tiles of {side:,} pixels cannot be made. Choose from {SMALLEST} to {LONGEST:,}."
        )


def check_sizes(images: Sequence[SheetImage]) -> None:
    """Refuse images that cannot be exported in one piece.

    Raises:
        EngineError: naming the image, and the way out.
    """
    for each in images:
        pixels = each.size[0] * each.size[1]
        if pixels > LARGEST:
            raise EngineError(
                f"{each.file_name} has {pixels / 1e6:,.0f} million pixels; other tools count at "
                f"most {LARGEST / 1e6:,.0f} million in one image. Export it as tiles (--tile 4096)."
            )


def cut(images: Sequence[SheetImage], side: int, target: Path) -> Tiles:
    """Divide images into tiles, row by row; those at the right and lower edge may be smaller.

    Args:
        images: as they would be exported whole.
        side: of a tile, pixels.
        target: file or folder of the export; pictures go beside it, into ``NAME_tiles``.
    """
    folder = target.with_name(f"{target.stem or target.name}_tiles")
    found: list[SheetImage] = []
    boxes: list[Box] = []
    counts: dict[int, int] = {}
    for each in images:
        height, width = each.size
        stem = each.mask_name or each.file_name
        for top in range(0, height, side):
            for left in range(0, width, side):
                box = (left, top, min(width, left + side), min(height, top + side))
                name = f"{stem}_x{left}_y{top}"
                place = {
                    "source_file_name": each.file_name,
                    "source_width": width,
                    "source_height": height,
                    "tile_left": left,
                    "tile_top": top,
                }
                found.append(
                    SheetImage(
                        key=len(found) + 1,
                        file_name=f"{folder.name}/{name}.png",
                        mask_name=name,
                        size=(box[3] - box[1], box[2] - box[0]),
                        extra={**each.extra, **place},
                    )
                )
                boxes.append(box)
                counts[each.key] = counts.get(each.key, 0) + 1
    return Tiles(found, boxes, counts, folder)


def tile_sheets(sheets: Iterable[Sheet], tiles: Tiles) -> Iterator[Sheet]:
    """The work on each tile, from the work on each image in the same order.

    An object that several tiles share becomes one in each, without its number, and with the field
    ``source_annotation`` that tells which belong together.
    """
    at = 0
    for sheet in sheets:
        for _ in range(tiles.counts[sheet.image.key]):
            image, box = tiles.images[at], tiles.boxes[at]
            at += 1
            objects = [part for each in sheet.objects if (part := _part(each, box)) is not None]
            yield Sheet(image=image, objects=objects, layer=_layer(sheet.layer, box))


def _part(each: Annotation, box: Box) -> Annotation | None:
    inside = each.mask.clip(box)
    if not inside:
        return None
    moved = inside.moved(-box[0], -box[1])
    if inside.area == each.mask.area:
        return replace(each, mask=moved)
    extra = {**each.extra, "source_annotation": each.id}
    return replace(each, mask=moved, coco_id=None, extra=extra)


def _layer(layer: ClassMap, box: Box) -> ClassMap:
    if not layer.tiles():
        return ClassMap((box[3] - box[1], box[2] - box[0]))
    return ClassMap.from_array(layer.read(box))


def write_pictures(
    rows: Sequence[ImageRow], tiles: Tiles, watch: Callable[[int, str], None]
) -> list[str]:
    """Write a PNG of each tile; answers with one sentence for each image that has none.

    Eight and sixteen bits of grey or colour are written as stored, anything else as it is shown.

    Args:
        rows: the images, in the order in which they were cut.
        tiles: of ``cut``.
        watch: called with the number of finished tiles and the name of the next; an exception it
            raises ends the writing.

    Raises:
        EngineError: the folder cannot be written.
    """
    from engine.images.source import open_source

    missing: list[str] = []
    at = 0
    for row in rows:
        first, at = at, at + tiles.counts[row.id]
        try:
            source = open_source(row.path, row.page)
            if row.size is not None and source.size != row.size:
                source.close()
                raise EngineError("It is a picture of another size than its masks were made for.")
            for number in range(first, at):
                watch(number, tiles.images[number].file_name)
                path = tiles.folder.parent / tiles.images[number].file_name
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = source.raw(0, tiles.boxes[number])
                if not _is_plain(pixels):
                    pixels = source.read(0, tiles.boxes[number])
                write_whole(path, _png(pixels))
            source.close()
        except EngineError as problem:
            missing.append(f"The pictures of {row.file_name} were not written. {problem}")
        except OSError as problem:
            raise EngineError(
                f"The folder {tiles.folder} cannot be written: {problem.strerror}. Choose another."
            ) from problem
    return missing


def _is_plain(pixels: Raw) -> bool:
    """Whether a PNG holds such samples."""
    grey = pixels.ndim == 2
    return pixels.dtype in (np.uint8, np.uint16) and (grey or pixels.shape[2] == 3)


def _png(pixels: Raw) -> bytes:
    import cv2

    if pixels.ndim == 3:
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(
        ".png", np.ascontiguousarray(pixels), [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    if not done:
        raise EngineError("A tile could not be written as PNG. Export to another disk.")
    return bytes(data.tobytes())
