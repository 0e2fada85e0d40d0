"""COCO run-length encoding: the lengths of the runs of a whole image, column by column.

Runs alternate outside, inside, … down each column in turn and begin with outside, so the first
length may be 0. What is written here is canonical: no other run is empty, as pycocotools writes.
Everything costs what the object costs, not its image, and what is read is checked completely
before memory is taken for it: run lengths come from strangers.

Source: cocoapi, ``common/maskApi.c``, ``rleEncode``, ``rleToString`` and ``rleFrString``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.masks.box import NOTHING, Box, contains
from engine.masks.mask import Mask
from engine.masks.spans import Ints, Spans, to_mask
from engine.masks.tiles import FULL, SIDE, Bits

Size = tuple[int, int]

LARGEST: Final = (1 << 32) - 1
"""Pixels an image may have: COCO's run lengths are 32-bit numbers."""

_LONGEST = 7  # characters of 5 bits for one number between -2^32 and 2^32


class Encoded(TypedDict):
    """A mask as COCO files have it: size is [height, width], counts the compressed text."""

    size: list[int]
    counts: str


def counts(mask: Mask, size: Size) -> Ints:
    """The canonical run lengths of ``mask`` in an image of ``size`` (height, width).

    Returns:
        int64, (n,), summing to height × width.

    Raises:
        EngineError: the mask leaves the image, or the image is too large for COCO.
    """
    height, width = checked_size(size)
    if not contains((0, 0, width, height), mask.box):
        raise EngineError(
            f"A mask reaches to {mask.box}, outside its image of {width} by {height} pixels."
            " Check that it belongs to this image."
        )
    edges = _edges(mask, height)
    lengths = np.diff(edges, prepend=0, append=height * width)
    return lengths[:-1] if lengths.size > 1 and lengths[-1] == 0 else lengths


def _edges(mask: Mask, height: int) -> Ints:
    """Where runs begin and end in turn, as places in the column-by-column image."""
    parts = [_changes(p.bits, p.left, p.top, height) for p in mask.pieces]
    if not parts:
        return np.zeros(0, np.int64)
    edges = np.sort(np.concatenate(parts))  # runs are disjoint, so begin and end alternate
    meets = np.flatnonzero(edges[1:-1:2] == edges[2::2]) * 2 + 1  # one run in two tiles or columns
    return edges if meets.size == 0 else np.delete(edges, np.concatenate([meets, meets + 1]))


def _changes(bits: Bits, left: int, top: int, height: int) -> Ints:
    """Where the runs in the columns of one piece begin and end, in any order."""
    rows, columns = bits.shape
    begin = np.arange(left, left + columns) * height + top
    if bits is FULL:
        return np.concatenate([begin, begin + SIDE])
    row, column = np.divmod(np.flatnonzero(bits[1:] != bits[:-1]), columns)
    return np.concatenate([begin[bits[0]], begin[column] + row + 1, begin[bits[-1]] + rows])


def to_string(lengths: NDArray[np.integer]) -> bytes:
    """The compressed ASCII form of run lengths.

    From the fourth on, each length is written as its difference to the one two before; a number
    takes as many characters of 5 bits as it needs, lowest first, code 48 on, 32 for "goes on".
    """
    numbers = np.asarray(lengths, np.int64)
    numbers = np.concatenate([numbers[:3], numbers[3:] - numbers[1:-2]])
    digits = np.empty((_LONGEST, numbers.size), np.uint8)
    used = np.empty((_LONGEST, numbers.size), np.bool_)
    open_ = np.ones(numbers.size, np.bool_)
    longest = 0
    while longest < _LONGEST and open_.any():
        digit = numbers & 31
        numbers = numbers >> 5
        used[longest] = open_
        more = numbers != np.where(digit & 16, -1, 0)
        digits[longest] = digit + np.where(more, 32 + 48, 48)
        open_ = open_ & more
        longest += 1
    return digits[:longest].T[used[:longest].T].tobytes()


def from_string(text: bytes | str, size: Size) -> Ints:
    """The run lengths in compressed ASCII form, for an image of ``size`` (height, width).

    Raises:
        EngineError: a character is none of the form, a number does not end or is too long, a
            length is negative, or they do not sum to height × width.
    """
    total = _pixels(size)
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    codes = np.frombuffer(raw, np.uint8)
    if codes.size == 0:
        raise _broken("there are none")
    if int(codes.min()) < 48 or int(codes.max()) > 111:
        raise _broken("they contain a character that does not belong there")
    digits = codes - np.uint8(48)
    last = digits < 32
    if not last[-1]:
        raise _broken("they break off")
    ends = np.flatnonzero(last)
    begins = np.concatenate([np.zeros(1, ends.dtype), ends[:-1] + 1])
    widths = ends - begins + 1
    if int(widths.max()) > _LONGEST:
        raise _broken("one is too long")
    shift = 5 * (np.arange(codes.size) - np.repeat(begins, widths))
    numbers = np.add.reduceat((digits & 31).astype(np.int64) << shift, begins)
    negative = digits[ends] & 16 != 0
    numbers -= negative.astype(np.int64) << (5 * widths)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    if int(numbers.min()) < 0:
        raise _broken("one is negative")
    if int(numbers.max()) > total or int(numbers.sum()) != total:
        raise _wrong_sum(size)
    return numbers


def from_list(lengths: Sequence[Any], size: Size) -> Ints:
    """The uncompressed run lengths of a COCO file, checked like ``from_string``.

    Raises:
        EngineError: an entry is not a whole number or negative, or the sum is not right.
    """
    total = _pixels(size)
    if not all(type(length) is int for length in lengths):
        raise _broken("one is not a whole number")
    if min(lengths, default=0) < 0:
        raise _broken("one is negative")
    if sum(lengths) != total:
        raise _wrong_sum(size)
    return np.array(lengths, np.int64)


def encode(mask: Mask, size: Size) -> Encoded:
    """``mask`` as COCO files have it, byte for byte what pycocotools writes.

    Raises:
        EngineError: see ``counts``.
    """
    text = to_string(counts(mask, size)).decode("ascii")
    return {"size": [size[0], size[1]], "counts": text}


def decode(lengths: bytes | str | Sequence[Any] | Ints, size: Size) -> Mask:
    """The mask of run lengths in any of their forms, for an image of ``size`` (height, width).

    Raises:
        EngineError: see ``from_string`` and ``from_list``.
    """
    return to_mask(_spans(_any_form(lengths, size), size[0]), down=True)


def decode_entry(entry: Mapping[str, Any]) -> Mask:
    """The mask of an RLE object of a COCO file, {"size": [height, width], "counts": …}.

    Raises:
        EngineError: it has not that shape, or its counts are damaged.
    """
    size, lengths = entry.get("size"), entry.get("counts")
    if not isinstance(size, list | tuple) or len(size) != 2:
        raise EngineError("A mask in the file has no size. Export the file again.")
    if not isinstance(lengths, bytes | str | list | tuple):
        raise EngineError("A mask in the file has no run lengths. Export the file again.")
    return decode(lengths, (size[0], size[1]))


def area(lengths: Ints) -> int:
    """Pixels inside, from checked run lengths."""
    return int(lengths[1::2].sum())


def bbox(lengths: Ints, size: Size) -> Box:
    """The tight box, from checked run lengths; (0, 0, 0, 0) when empty."""
    spans = _spans(lengths, size[0])
    if spans.lines.size == 0:
        return NOTHING
    left, right = int(spans.lines[0]), int(spans.lines[-1]) + 1
    return left, int(spans.starts.min()), right, int(spans.stops.max())


def checked_size(size: Size) -> Size:
    """``size`` itself.

    Raises:
        EngineError: it is no size of an image, or larger than COCO's form can hold.
    """
    if not all(type(side) is int and side > 0 for side in size) or size[0] * size[1] > LARGEST:
        raise EngineError(
            f"A mask is said to belong to an image of {size[1]} by {size[0]} pixels, which cannot"
            " be. Export the file again."
        )
    return size


def _pixels(size: Size) -> int:
    height, width = checked_size(size)
    return height * width


def _any_form(lengths: bytes | str | Sequence[Any] | Ints, size: Size) -> Ints:
    if isinstance(lengths, bytes | str):
        return from_string(lengths, size)
    return from_list(lengths.tolist() if isinstance(lengths, np.ndarray) else lengths, size)


def _spans(lengths: Ints, height: int) -> Spans:
    """The runs inside, one for each column they pass through."""
    ends = np.cumsum(lengths)
    begin, end = ends[0:-1:2], ends[1::2]
    there = begin < end
    if not there.all():
        begin, end = begin[there], end[there]
    first, last = begin // height, (end - 1) // height
    columns = last - first + 1
    if columns.size == 0 or int(columns.max()) == 1:
        return Spans(first, begin - first * height, end - first * height)
    which = np.repeat(np.arange(columns.size), columns)
    column = first[which] + np.arange(which.size) - np.repeat(np.cumsum(columns) - columns, columns)
    at = column * height
    starts = np.maximum(begin[which] - at, 0)
    return Spans(column, starts, np.minimum(end[which] - at, height))


def _broken(why: str) -> EngineError:
    return EngineError(
        f"The run lengths of a mask cannot be read: {why}. The file is damaged; export it again."
    )


def _wrong_sum(size: Size) -> EngineError:
    return EngineError(
        f"The run lengths of a mask do not add up to its image of {size[1]} by {size[0]} pixels."
        " Check that the mask and the image belong together."
    )
