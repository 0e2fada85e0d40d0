"""The open photo's pixels, for tools that look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.canvas.photo_layer import PhotoLayer
from engine.errors import EngineError
from engine.images.pyramid import level_count
from engine.masks.box import Box

if TYPE_CHECKING:
    from engine.images.source import Source


class CanvasPhoto:
    """See ``app.tools.base.Photo``."""

    def __init__(self, layer: PhotoLayer, size: tuple[int, int]) -> None:
        """Look at what a layer shows; nothing is read yet."""
        self._layer = layer
        self.size = size
        self.levels = layer.source.levels if layer.source is not None else level_count(size)

    def read(self, box: Box, level: int = 0) -> NDArray[np.uint8]:
        """See Photo."""
        return self._source().read(level, box, self._layer.tone)

    def raw(self, box: Box) -> NDArray[Any]:
        """See Photo."""
        return self._source().raw(0, box)

    def _source(self) -> Source:
        layer = self._layer
        if layer.problem:
            raise EngineError(layer.problem)
        if layer.source is None or not layer.is_ready:
            raise EngineError("The photo is still being read. Try again in a moment.")
        return layer.source
