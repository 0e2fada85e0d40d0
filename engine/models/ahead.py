"""Files decoded ahead of the network, so that it never waits for a disk or a decoder."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.answer import Answer

Key = TypeVar("Key")
RGB = NDArray[np.uint8]
_DECODERS = 2


def answers(
    predict: Callable[[RGB, str], Answer],
    images: Iterable[tuple[Key, Path]],
    ahead: int,
    read: Callable[[Path], RGB] | None,
) -> Iterator[tuple[Key, Answer | EngineError]]:
    """See `engine.models.predictor.Predictor.predict_many`."""
    if read is None:
        from engine.images.source import read_rgb

        read = read_rgb
    source = iter(images)
    with ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode") as pool:
        waiting: deque[tuple[Key, Path, Future[RGB]]] = deque()

        def fill() -> None:
            for key, path in islice(source, max(1, ahead) - len(waiting)):
                waiting.append((key, path, pool.submit(read, path)))

        try:
            fill()
            while waiting:
                key, path, decoded = waiting.popleft()
                fill()
                try:
                    yield key, predict(decoded.result(), path.name)
                except EngineError as error:
                    yield key, error
        finally:
            for _, _, decoded in waiting:
                decoded.cancel()
