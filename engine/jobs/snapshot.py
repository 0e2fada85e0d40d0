"""The project as a job sees it: opened to read only, its images turned into sheets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine.document.document import Document, Status
from engine.errors import EngineError
from engine.formats.base import Sheet, SheetImage
from engine.images.header import image_header
from engine.store import ImageRow, Project


@contextlib.contextmanager
def snapshot(path: str) -> Iterator[Project]:
    """The project at `path`, opened to read only.

    Raises:
        EngineError: It cannot be opened.
    """
    project = Project.open(Path(path), read_only=True)
    try:
        yield project
    finally:
        project.close()


def chosen(
    project: Project, images: Iterable[int] | None, *, only_done: bool = False
) -> list[ImageRow]:
    """The images a job is about, in the project's order.

    Args:
        project: The project.
        images: Their ids, None for all.
        only_done: Leave out those not marked done.

    Raises:
        EngineError: An id is not in the project.
    """
    rows = project.images()
    if images is not None:
        wanted = set(images)
        unknown = wanted - {row.id for row in rows}
        if unknown:
            raise EngineError(
                f"The project has no image with the number {min(unknown)}. It may have been "
                "removed; choose the images again."
            )
        rows = [row for row in rows if row.id in wanted]
    if only_done:
        rows = [row for row in rows if row.status == Status.DONE]
    return list(rows)


def sheet_images(rows: Sequence[ImageRow]) -> tuple[list[SheetImage], list[str]]:
    """What writers need of each image, and the names of those whose size cannot be told."""
    images = []
    unknown = []
    for row in rows:
        size = row.size
        if size is None:
            try:
                size = image_header(row.path)[0]
            except EngineError:
                unknown.append(row.file_name)
                continue
        images.append(
            SheetImage(
                key=row.id,
                file_name=row.file_name,
                size=size,
                coco_id=row.coco_id,
                extra=row.extra,
            )
        )
    return images, unknown


def sheets(project: Project, images: Sequence[SheetImage]) -> Iterator[Sheet]:
    """The work on each image, loaded one by one."""
    documents = project.iter_documents([image.key for image in images])
    for image, document in zip(images, documents, strict=True):
        yield sheet(image, document)


def sheet(image: SheetImage, document: Document) -> Sheet:
    """One image's accepted work."""
    return Sheet(image=image, objects=document.ordered(), layer=document.layer)
