"""What a reader answers with; see `reader_programs`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Found = dict[str, list[tuple[Any, Any, Any]]]
"""Image name → (class name, pixels, crowd) of its masks; crowd is None where it is not told."""


def supervision_found(data: Any, folder: Path) -> Found:
    found: Found = {}
    for path, _, detections in data:
        crowds = detections.data.get("iscrowd", [None] * len(detections))
        masks = detections.mask if detections.mask is not None else []
        found[Path(path).relative_to(folder).as_posix()] = [
            (data.classes[kind], mask, None if crowd is None else int(crowd))
            for kind, mask, crowd in zip(detections.class_id, masks, crowds, strict=True)
        ]
    return found
