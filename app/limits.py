"""Where the limits in force let a tool touch the image: worked out tile by tile, when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np

from engine.masks.box import Box, clip
from engine.masks.mask import Mask
from engine.masks.tiles import FULL, SIDE, Bits, Key, box_of, canonical, keys_of, read

Name = Literal["over", "values", "sure", "within", "locked"]
Part = Bits | bool
"""What is allowed of a box: a bool array of its shape, or all or nothing of it."""


class Rule(Protocol):
    """One limit on one image.

    Attributes:
        name: as in ``app.state.Limits``; "locked" for what nobody may change.
    """

    name: Name

    def part(self, box: Box) -> Part:
        """What is allowed of a box inside the image.

        Raises:
            EngineError: it cannot be known now; the text says why.
        """


class Permitted:
    """The pixels that pass every rule.

    A tile of 256² is worked out when a region first touches it and kept as long as this object,
    so a stroke pays for the ground it newly covers and not for its length. It holds for one state
    of document, image and limits; whoever changes one of them makes another.
    """

    def __init__(self, rules: Sequence[Rule], size: tuple[int, int]) -> None:
        """Begin with nothing known.

        Args:
            rules: cheap ones first; what one refuses, those after it are not asked about.
            size: (height, width) of the image.
        """
        self.rules = tuple(rules)
        self._size = size
        self._known: set[Key] = set()
        self._tiles: dict[Key, Bits] = {}

    def of(self, region: Mask) -> Mask:
        """The part of a region that may be touched; the region itself where that is all of it.

        Raises:
            EngineError: a rule cannot be answered now.
        """
        if not self.rules or not region:
            return region
        crop = region.crop
        keys = tuple(keys_of(crop.box)) if crop is not None else tuple(region.tiles())
        for key in keys:
            if key not in self._known:
                self._learn(key)
        if all(self._tiles.get(key) is FULL for key in keys):
            return region
        if crop is not None:
            allowed = np.logical_and(crop.bits, read(self._tiles, crop.box))
            whole = np.count_nonzero(allowed) == region.area
            return region if whole else Mask.from_bits(allowed, crop.left, crop.top)
        found = region & Mask.from_canonical({k: self._tiles[k] for k in keys if k in self._tiles})
        return region if found.area == region.area else found

    def _learn(self, key: Key) -> None:
        inside = clip(box_of(key), self._size)
        tile = None if inside is None else canonical(_tile(self._part(inside), inside))
        if tile is not None:
            self._tiles[key] = tile
        self._known.add(key)

    def _part(self, box: Box) -> Part:
        out: Part = True
        for rule in self.rules:
            part = rule.part(box)
            if isinstance(part, bool):
                out = out if part else False
            else:
                out = part if out is True else np.logical_and(out, part)
            if not np.any(out):
                return False
        return out


def _tile(part: Part, box: Box) -> Bits:
    """A tile with this part of it; what lies beyond the image is empty."""
    height, width = box[3] - box[1], box[2] - box[0]
    if (height, width) == (SIDE, SIDE):
        if part is True:
            return FULL
        if not isinstance(part, bool):
            return part
    tile = np.zeros((SIDE, SIDE), np.bool_)
    tile[:height, :width] = part
    return tile
