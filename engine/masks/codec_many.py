"""Many stored masks at once: those of one image, for which numpy is then asked only once.

The forms are those of `codec`; small masks, which are most, take a tenth of the time.
"""

from collections.abc import Sequence

import numpy as np

from engine.masks import codec
from engine.masks.mask import SMALL, Mask, Piece

_CROP = bytes([codec.VERSION, codec.CROP])
_SET = b"\x01"
_REST = (0, *(255 >> used for used in range(1, 8)))  # unused bits of a last byte, by those used


def many_from_bytes(
    stored: Sequence[bytes],
    sizes: Sequence[tuple[int, int]],
    packed: list[bytes | None] | None = None,
) -> list[Mask]:
    """The masks written by ``codec.to_bytes``, in order.

    Small ones share one buffer of bits, which is free again when the last of them is.

    Args:
        stored: any bytes.
        sizes: (height, width) of the image each of them must lie in.
        packed: is given, for each, the bits of its crop at eight to a byte, row by row, as
            ``np.packbits`` packs them; None where they are not at hand.

    Raises:
        EngineError: see ``codec.from_bytes``.
    """
    masks = [Mask.EMPTY] * len(stored)
    crops: list[tuple[int, int, int, int, int, int]] = []  # place, left, top, w, h, first bit
    rows: list[bytes] = []
    begin = 0
    for at, (data, size) in enumerate(zip(stored, sizes, strict=True)):
        if data[:2] == _CROP and len(data) > codec.CROP_BODY:
            left, top, width, height = codec.CROP_HEAD.unpack_from(data, 2)
            inside = 0 <= left <= size[1] - width and 0 <= top <= size[0] - height
            if inside and 0 < width <= SMALL and 0 < height <= SMALL:
                length = (width * height + 7) // 8
                rows.append(codec.unpack(data[codec.CROP_BODY :], length, "mask"))
                crops.append((at, left, top, width, height, begin))
                begin += length * 8
                continue
        masks[at] = codec.from_bytes(data, size)
    if packed is not None:
        packed.extend([None] * len(stored))
    flat = np.unpackbits(np.frombuffer(b"".join(rows), np.uint8)).view(np.bool_)
    flat.flags.writeable = False
    raw = flat.tobytes()
    for place, (at, left, top, width, height, first) in enumerate(crops):
        end = first + width * height
        bits = flat[first:end].reshape(height, width)
        tight = (
            raw.find(_SET, first, first + width) >= 0
            and raw.find(_SET, end - width, end) >= 0
            and _SET in raw[first:end:width]
            and _SET in raw[first + width - 1 : end : width]
        )
        piece = Piece(left, top, bits)
        masks[at] = Mask(crop=piece) if tight else Mask.from_bits(bits, left, top)
        if packed is not None and tight and not rows[place][-1] & _REST[width * height % 8]:
            packed[at] = rows[place]
    return masks


def check_crop(data: bytes, size: tuple[int, int]) -> bool:
    """Whether ``data`` is a small mask that is whole and lies in its image of (height, width).

    Nothing is said of others, which may be sound as well: ``codec.from_bytes`` tells.

    Raises:
        EngineError: it is damaged.
    """
    if data[:2] != _CROP or len(data) <= codec.CROP_BODY:
        return False
    left, top, width, height = codec.CROP_HEAD.unpack_from(data, 2)
    inside = 0 <= left <= size[1] - width and 0 <= top <= size[0] - height
    if not inside or not 0 < width <= SMALL or not 0 < height <= SMALL:
        return False
    return any(codec.unpack(data[codec.CROP_BODY :], (width * height + 7) // 8, "mask"))
