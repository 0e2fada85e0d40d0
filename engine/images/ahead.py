"""An iterator that works ahead in a thread of its own."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item], depth: int = 2) -> Generator[Item]:
    """The same items; up to ``depth`` of them are made before they are asked for.

    Worth it where making and using both let the interpreter go. What making raises is raised
    here. Closing the generator ends the thread after the item it is at.
    """
    room: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(depth)
    left = threading.Event()
    thread = threading.Thread(target=_make, args=(items, room, left), daemon=True, name="ahead")
    thread.start()
    try:
        while True:
            item, problem = room.get()
            if problem is not None:
                raise problem
            if item is None:
                return
            yield item
    finally:
        left.set()
        while thread.is_alive():  # it may wait for room
            try:
                room.get(timeout=0.01)
            except queue.Empty:
                continue
        thread.join()


def _make(
    items: Iterable[Item],
    room: "queue.Queue[tuple[Item | None, BaseException | None]]",
    left: threading.Event,
) -> None:
    try:
        for item in items:
            if left.is_set():
                return
            room.put((item, None))
        room.put((None, None))
    except BaseException as problem:
        room.put((None, problem))
