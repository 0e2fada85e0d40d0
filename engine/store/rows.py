"""Light rows of a project: what lists show."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from engine.document.document import Status
from engine.document.taxonomy import NOTHING, nothing
from engine.errors import EngineError
from engine.images.picture import Picture
from engine.images.tone import Tone, tone_from
from engine.store.paths import located


class ImageRow(NamedTuple):
    """One image of a project.

    Attributes:
        id: its number for good.
        stored_path: as the project file has it; use ``path``.
        project: the project file it is relative to.
        file_name: as COCO's ``file_name``; the name shown.
        size: (height, width) oriented, or None before the image was first looked at.
        status: how far it is.
        order: place in the list, small first.
        lowest_score: of its objects and proposals; None where none has one.
        proposals: how many wait.
        objects: how many are accepted.
        fold: "" | "train" | "held" (which files call "val") | "test".
        coco_id: the image id it came in with.
        orientation: EXIF orientation 1 to 8 of the file.
        extra_json: fields of an import without a place here; use ``extra``.
        page: which image of the file, from 0.
        tone_json: how its values are shown where that is not the project's way; use ``tone``.
    """

    id: int
    stored_path: str
    project: Path
    file_name: str
    size: tuple[int, int] | None
    status: Status = Status.NEW
    order: int = 0
    lowest_score: float | None = None
    proposals: int = 0
    objects: int = 0
    fold: str = ""
    coco_id: int | None = None
    orientation: int = 1
    extra_json: str = ""
    page: int = 0
    tone_json: str = ""

    @property
    def path(self) -> Path:
        """Where the file is, absolute."""
        return located(self.stored_path, self.project)

    @property
    def tone(self) -> Tone | None:
        """The image's own tone; None where the project's holds.

        Raises:
            EngineError: it was written by another version.
        """
        if not self.tone_json:
            return None
        try:
            said = json.loads(self.tone_json)
        except (ValueError, RecursionError) as problem:
            raise EngineError(
                f"{self.file_name}: how it is shown cannot be read. Set it again under Light."
            ) from problem
        return tone_from(said)

    def picture(self, tone: Tone) -> Picture:
        """The image as it is shown where the project's tone is this.

        Raises:
            EngineError: see ``tone``.
        """
        own = self.tone
        return Picture(self.path, self.page, tone if own is None else own, own is not None)

    @property
    def extra(self) -> Mapping[str, Any]:
        """Fields of an import that have no place here, given back on export."""
        return unpack_extra(self.extra_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job of a project.

    Attributes:
        id: its name, also of its folder.
        kind: "predict", "train", …
        state: as the job's folder last said.
        created: seconds since 1970.
        folder: where its files are, absolute.
        summary: what lists show of it, JSON.
        taken: its results have been taken up.
    """

    id: str
    kind: str
    state: str = "queued"
    created: float = 0.0
    folder: Path
    summary: Mapping[str, Any] = field(default_factory=nothing, hash=False)
    taken: bool = False


def pack_extra(extra: Mapping[str, Any]) -> str | None:
    """JSON for a column; None of nothing."""
    return json.dumps(dict(extra), ensure_ascii=False, separators=(",", ":")) if extra else None


def unpack_extra(text: str | None) -> Mapping[str, Any]:
    """What ``pack_extra`` wrote; empty where it is damaged."""
    if not text:
        return NOTHING
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return NOTHING
    return value if isinstance(value, dict) else NOTHING
