"""Many images at once: decoding, preparing and mask making overlap; the network runs one by one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.images.picture import Picture
from engine.models.answer import Answer

Key = TypeVar("Key")
RGB = NDArray[np.uint8]
MOST_PIXELS = 80_000_000
"""Pixels of the images worked on at once; a larger image is worked on alone."""


class PixelBudget:
    """Keeps the images that are open at once within a number of pixels.

    Args:
        most: Pixels; one image may have more, then it is alone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._changed = threading.Condition()

    @contextmanager
    def room_for(self, pixels: int) -> Iterator[None]:
        """Wait until there is room, and give it back afterwards."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + pixels <= self._most)
            self._used += pixels
        try:
            yield
        finally:
            with self._changed:
                self._used -= pixels
                self._changed.notify_all()


def answers(
    predict: Callable[[RGB, str], Answer],
    images: Iterable[tuple[Key, Picture]],
    ahead: int,
    read: Callable[[Picture], RGB],
) -> Iterator[tuple[Key, Answer | EngineError]]:
    """See `engine.models.predictor.Predictor.predict_many`."""
    budget = PixelBudget(MOST_PIXELS)

    def work(picture: Picture) -> Answer | EngineError:
        try:
            with budget.room_for(_pixels(picture)):
                return predict(read(picture), picture.name)
        except EngineError as error:
            return error

    workers = max(1, ahead)
    source = iter(images)
    with ThreadPoolExecutor(workers, thread_name_prefix="predict") as pool:
        waiting: deque[tuple[Key, Future[Answer | EngineError]]] = deque()

        def fill() -> None:
            for key, picture in islice(source, workers + 1 - len(waiting)):
                waiting.append((key, pool.submit(work, picture)))

        try:
            fill()
            while waiting:
                key, future = waiting.popleft()
                answer = future.result()
                fill()
                yield key, answer
        finally:
            for _, future in waiting:
                future.cancel()


def _pixels(picture: Picture) -> int:
    """Of an image file by its header; 0 where that cannot be read, as reading it will say."""
    from engine.images.header import image_header

    try:
        height, width = image_header(picture.path, picture.page)[0]
    except EngineError:
        return 0
    return height * width
