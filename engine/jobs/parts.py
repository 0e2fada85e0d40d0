"""Results of a job in numbered files, taken up by the project's owner while it still runs.

    part-0001.bin, part-0002.bin …   msgpack, masks in the codec of `engine.masks.codec`

A part appears whole, by rename, and is never changed after. What is read is checked: a part may
come from a folder that was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import EngineError
from engine.formats.storable import encoded
from engine.formats.whole import write_whole
from engine.masks import codec
from engine.masks.mask import Mask

Size = tuple[int, int]


class PartObject(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One object; `key` is a class key of the import, or a class index of the model."""

    key: int
    mask: bytes
    score: float | None = None
    crowd: bool = False
    coco_id: int | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    def shape(self, size: Size) -> Mask:
        """The mask, in an image of (height, width).

        Raises:
            EngineError: It is damaged or does not fit.
        """
        return codec.from_bytes(self.mask, size)


class PartImage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One image's result.

    Attributes:
        image: Its id in the project, 0 where it is found by `path`.
        own: Where its file is, or would be, if it is not that image after all.
        asked: What it is called in full then; "" for `file_name`.
        size: (height, width), oriented.
        path: Where its file is; beside `image`, to tell another one of that id by.
        layer: Class key → mask of a region; -1 is background.
        error: Why there is no result; else "".
        page: Which image of the file, where it is found by `path`.
    """

    image: int = 0
    size: Size
    path: str = ""
    file_name: str = ""
    orientation: int = 1
    coco_id: int | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    objects: list[PartObject] = msgspec.field(default_factory=list)
    layer: dict[int, bytes] = msgspec.field(default_factory=dict)
    error: str = ""
    page: int = 0
    own: str = ""
    asked: str = ""


class Part(msgspec.Struct, tag="part", kw_only=True):
    """Some images' results."""

    images: list[PartImage]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Part)


def part_path(folder: Path, number: int) -> Path:
    """Where part `number` (from 1) is."""
    return folder / f"part-{number:04d}.bin"


def numbers(folder: Path) -> list[int]:
    """The numbers of the parts that are whole, ascending."""
    found = (each.stem.removeprefix("part-") for each in folder.glob("part-*.bin"))
    return sorted(int(each) for each in found if each.isdigit())


def write_part(folder: Path, number: int, images: list[PartImage]) -> Path:
    """Write one part, whole.

    Raises:
        EngineError: The folder cannot be written.
    """
    path = part_path(folder, number)
    write_whole(path, encoded(Part(images=images), _encoder))
    return path


def read_part(folder: Path, number: int) -> Part:
    """Read one part.

    Raises:
        EngineError: It is missing or damaged.
    """
    path = part_path(folder, number)
    try:
        return _decoder.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise EngineError(
            f"The result {path.name} in {folder} cannot be read: {error}. Run the job again."
        ) from error


def read_parts(folder: Path) -> Iterator[tuple[int, Part]]:
    """Every whole part with its number."""
    for number in numbers(folder):
        yield number, read_part(folder, number)
