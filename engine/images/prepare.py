"""Which levels of an image are made, kept and stored; and the making of them."""

import shutil
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from engine.errors import EngineError
from engine.images import cache, room
from engine.images.convert import Box, Raw
from engine.images.feeds import Feed
from engine.images.pyramid import halve, level_count, level_size
from engine.images.pyramid_file import PyramidFile
from engine.images.stack import Put, Stack
from engine.images.tiff_levels import Level, stored_levels
from engine.images.turned import odd_first

_KEPT: Final = 64 << 20
"""Bytes of the finest level that is kept in memory where a pass over the image makes it."""
_KEPT_OF_STORED: Final = 16 << 20
"""The same where it is read from a smaller stored picture."""
_FEWEST: Final = 2
"""The levels below are read from the file, even where they would fit."""
_LONG: Final = 50_000_000
"""Pixels from which a pass over a compressed image is not made twice."""
_ROWS: Final = 512


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made of an image.

    Attributes:
        kept_from: the finest level in memory.
        cached_from: the finest level that is prepared on disk; None for none.
    """

    kept_from: int
    cached_from: int | None


class Reader(Protocol):
    """What is needed of a source."""

    path: Path
    page: int
    levels: int
    raw_size: tuple[int, int]
    turn: int

    def stored(self, level: int, box: Box) -> Raw:
        """A box of a level, from the file or the cache."""

    def stores(self, level: int) -> bool:
        """Whether a level lies there, and need not be made from a finer one."""


def ratio(level: Level, size: tuple[int, int]) -> float:
    """How many pixels of the image (height, width) one of a stored level stands for, each way."""
    return max(size) / max(level.size)


def is_level(stored: Level, size: tuple[int, int], level: int) -> bool:
    """Whether a stored picture is a level of an image, but for the rounding of its sides."""
    height, width = level_size(size, level)
    return abs(stored.size[0] - height) <= 1 and abs(stored.size[1] - width) <= 1


def plan(size: tuple[int, int], pixel_bytes: int, stored: list[Level]) -> Plan:
    """What to make of an image.

    A level follows from a finer one at little cost where that is at most two levels away, or one
    if it must be unpacked. All others between the first such gap and what is kept are prepared.

    Args:
        size: (height, width).
        pixel_bytes: of a pixel, alpha not counted.
        stored: levels that lie in the file.
    """
    levels = level_count(size)
    small = len(stored) > 1
    most = _KEPT_OF_STORED if small else _KEPT
    sizes = [level_size(size, level) for level in range(levels)]
    fitting = [k for k, (h, w) in enumerate(sizes) if h * w * pixel_bytes <= most]
    kept = min(levels, max(_FEWEST, fitting[0] if fitting else levels - 1))
    if not stored:
        return Plan(kept, 0)
    reach = 2 if stored[0].compressed else 4
    gaps = [k for k in range(kept) if 2**k / _nearest(stored, size, k) > reach * 1.01]
    if gaps:
        return Plan(kept, gaps[0])
    behind = 2**kept / _nearest(stored, size, min(kept, levels - 1))
    long = stored[0].compressed and behind > reach and size[0] * size[1] >= _LONG
    return Plan(kept, kept if long and kept < levels else None)


def _nearest(stored: list[Level], size: tuple[int, int], level: int) -> float:
    """The ratio of the coarsest stored picture that is fine enough for a level."""
    return max(r for each in stored if (r := ratio(each, size)) <= 2**level * 1.01)


def found(path: Path, page: int, size: tuple[int, int], first: int) -> list[Level]:
    """The prepared levels of an image; none where they are not there or not what is needed.

    Args:
        path: the image.
        page: which of its images.
        size: (height, width) as stored.
        first: the finest level that must be there.
    """
    file = cache.find(path, page)
    if file is None:
        return []
    try:
        levels = stored_levels(file)
    except Exception:  # a cache: what cannot be read is made again
        file.unlink(missing_ok=True)
        return []
    return levels if levels and is_level(levels[0], size, first) else []


def keep(source: Reader, plan: Plan, kept: dict[int, Raw], stop: threading.Event) -> bool:
    """Fill the kept levels from what is stored; False when it was stopped."""
    for level in range(plan.kept_from, source.levels):
        height, width = level_size(source.raw_size, level)
        if level > plan.kept_from and not source.stores(level):
            kept[level] = halve(kept[level - 1], odd_first(source.turn))
            continue
        put = _into(kept, level, [(height, width)])
        for top in range(0, height, _ROWS):
            if stop.is_set():
                return False
            put(0, source.stored(level, (0, top, width, min(height, top + _ROWS))))
    return True


def make(
    source: Reader, feed: Feed, plan: Plan, kept: dict[int, Raw], stop: threading.Event
) -> bool:
    """Prepare levels on disk and fill the kept ones, in one pass; False when it was stopped.

    Raises:
        EngineError: there is no room for them.
        OSError, ValueError, SyntaxError: the image is damaged.
    """
    size, first = source.raw_size, plan.cached_from
    assert first is not None
    sizes = [level_size(size, level) for level in range(source.levels)]
    need = feed.samples * feed.dtype.itemsize * sum(h * w for h, w in sizes[first:])
    try:
        with closing(feed.rows()) as rows:
            part = next(rows)
            _check_disk(source.path, need)
            with (
                cache.making(source.path, source.page, need) as place,
                PyramidFile(place, sizes[first:], part.dtype, feed.samples) as file,
            ):
                into = _into(kept, plan.kept_from, sizes[plan.kept_from :])

                def put(level: int, some: Raw) -> None:
                    if level >= first:
                        file.add(level - first, some)
                    if level >= plan.kept_from:
                        into(level - plan.kept_from, some)

                stack = Stack(size, source.levels, put, odd_first(source.turn))
                stack.add(part)
                for part in rows:
                    if stop.is_set():
                        raise _Stopped
                    stack.add(part)
    except _Stopped:
        kept.clear()
        return False
    return True


class _Stopped(Exception):
    """The person went on to another image."""


def _into(kept: dict[int, Raw], first: int, sizes: list[tuple[int, int]]) -> Put:
    """What puts rows of levels counted from ``first`` into arrays, made with the first rows."""
    done = [0] * len(sizes)

    def put(level: int, rows: Raw) -> None:
        if level + first not in kept:
            kept[level + first] = np.zeros((*sizes[level], *rows.shape[2:]), rows.dtype)
        kept[level + first][done[level] : done[level] + len(rows)] = rows
        done[level] += len(rows)

    return put


def _check_disk(path: Path, need: int) -> None:
    """Refuse where the disk is too small, before it is full.

    Raises:
        EngineError: naming the folder and what is needed.
    """
    folder = cache.folder()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    old = sum(each.stat().st_size for each in folder.glob("*.tif"))
    if need > free + old:
        raise EngineError(
            f"{path.name} needs {room.words(need)} in {folder} to be shown, and {room.words(free)} "
            "are free. Make room there, or save the image as a pyramidal TIFF."
        )
