"""Frames of CVAT for video: to which file the shapes of a track belong.

A task's frames are exported as `frame_000000`, counted in its video; in the export of a project the
frames of several tasks lie in the folder of their subset, and those that would have one name get
`_1`, `_2` … in the order of the tasks (cvat/apps/dataset_manager/bindings.py, ProjectData).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

from engine.formats.coco_file import size_of, whole
from engine.formats.frames import Size
from engine.formats.xml_read import Node


class Task(NamedTuple):
    """A task of the file.

    Attributes:
        name: Its id, "" where the file is of one task.
        subset: Of the project.
        frames: Numbers in its video that were annotated.
        size: (height, width) of its video, None where the file does not say.
    """

    name: str
    subset: str
    frames: range
    size: Size | None


class Frame(NamedTuple):
    """A frame that has shapes.

    Attributes:
        stems: What its file may be called, without ending, likeliest first.
        size: See `Task`.
        shapes: What is drawn on it.
    """

    stems: list[str]
    size: Size | None
    shapes: list[Node]


@dataclass(slots=True)
class Tracks:
    """The tracks of a file, by frame."""

    tasks: dict[str, Task] = field(default_factory=dict)
    by_frame: dict[tuple[int, str, str], list[Node]] = field(default_factory=dict)
    size: Size | None = None

    def look(self, meta: Node) -> None:
        """Take what the head of the file says of its tasks."""
        self.size = _size(meta)
        for each in meta.all("task"):
            name = each.value("id")
            step = re.search(r"step=(\d+)", each.value("frame_filter"))
            first, last = whole(each.value("start_frame")), whole(each.value("stop_frame"))
            frames = range(first or 0, (last or 0) + 1, max(1, int(step[1][:9])) if step else 1)
            self.tasks[name] = Task(name, each.value("subset") or "default", frames, _size(each))

    def take(self, track: Node) -> None:
        """Take the shapes of a track that are to be seen."""
        whose = track.get("task_id"), track.get("subset")
        for shape in track.children:
            frame = whole(shape.get("frame"))
            if frame is not None and shape.get("outside") != "1":
                shape.attributes["label"] = track.get("label")
                self.by_frame.setdefault((frame, *whose), []).append(shape)

    def __len__(self) -> int:
        return len(self.by_frame)

    def frames(self) -> Iterator[Frame]:
        """Every frame with shapes, by number."""
        there: dict[tuple[int, str], list[str]] = {}
        for number, name, subset in self.by_frame:
            there.setdefault((number, subset), []).append(name)
        for (number, name, subset), shapes in sorted(self.by_frame.items(), key=lambda one: one[0]):
            before = self._before(number, name, there[number, subset])
            stem = f"frame_{number:06d}" + (f"_{before}" if before else "")
            task = self.tasks.get(name)
            size = self.size if task is None or task.size is None else task.size
            yield Frame([f"{subset}/{stem}", stem] if subset else [stem], size, shapes)

    def _before(self, number: int, name: str, there: list[str]) -> int:
        """How many tasks before one have a frame of this number in the same folder.

        Args:
            number: Of the frame.
            name: Of the task.
            there: The tasks with shapes on such a frame, as they come in the file.
        """
        if name not in self.tasks:
            return there.index(name)
        earlier = takewhile(lambda each: each.name != name, self.tasks.values())
        own = self.tasks[name].subset
        return sum(each.subset == own and number in each.frames for each in earlier)


def _size(node: Node) -> Size | None:
    size = next(node.all("original_size"), None)
    return None if size is None else size_of(size.value("height"), size.value("width"))
