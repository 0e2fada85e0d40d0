"""The project as a job sees it: opened to read only, its images turned into sheets."""

from __future__ import annotations

import contextlib
import os
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from engine.document.document import Document, Status
from engine.errors import EngineError
from engine.formats.base import Sheet, SheetImage
from engine.formats.coco_write import numbers_for
from engine.formats.find_images import WINDOWS, tidy_part
from engine.formats.known_images import KnownImage, KnownImages
from engine.formats.report import Report
from engine.images.header import image_header
from engine.images.picture import page_name, split_page
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
    except BaseException as error:
        # Frames hold iterators that have the file open; then what lies beside it could not go.
        traceback.clear_frames(error.__traceback__)
        raise
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
    rows: Sequence[ImageRow] = project.images()
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


_LONGEST = 190
"""Bytes of one part of a mask's name."""


class Names(NamedTuple):
    """What an image is called in files.

    Attributes:
        file_name: Its own name; with folders where several images of the project share it.
        mask_name: Of its mask, without suffix; with the image's where several would share it, and
            with a sign of its own where that does not tell either, or a file cannot be called so.
    """

    file_name: str
    mask_name: str


def file_names(rows: Sequence[ImageRow]) -> dict[int, Names]:
    """The names of a whole project's images, by id, whichever of them are written.

    Images of one name in several folders are told apart by these.
    """
    count = Counter(row.file_name.casefold() for row in rows)
    shared = [row for row in rows if count[row.file_name.casefold()] > 1]
    names = {row.id: row.file_name.replace("\\", "/") for row in rows}
    below = _below_common([row.path for row in shared])
    names |= {row.id: page_name(name, row.page) for row, name in zip(shared, below, strict=True)}
    # "images" beside masks is where copies of the pictures go.
    stems = {key: re.sub("^images(?=/)", r"\g<0>_", _stem(name)) for key, name in names.items()}
    for key in _shared(stems):
        stems[key] += f"_{os.path.splitext(names[key])[1][1:].replace('#', '_')}"
    strange = [key for key, stem in stems.items() if _tidy(stem) != stem]
    for key in dict.fromkeys([*_shared(stems), *strange]):
        whole = names[key].encode(errors="surrogatepass")
        stems[key] = f"{_tidy(stems[key])}~{blake2b(whole, digest_size=4).hexdigest()}"
    return {key: Names(name, stems[key]) for key, name in names.items()}


def _shared(stems: Mapping[int, str]) -> list[int]:
    """The images whose name is also that of another, but for case."""
    count = Counter(stem.casefold() for stem in stems.values())
    return [key for key, stem in stems.items() if count[stem.casefold()] > 1]


def _tidy(stem: str) -> str:
    """A name as files can have it, with room for a sign behind."""
    if stem.isascii() and stem.isprintable() and len(stem) <= _LONGEST and not WINDOWS:
        return stem
    return "/".join(each for part in stem.split("/") if (each := tidy_part(part, _LONGEST)))


def image_numbers(rows: Iterable[ImageRow]) -> dict[int, int]:
    """Image id → its number in COCO files, whichever images of the project are written.

    Args:
        rows: All images of the project.
    """
    return numbers_for([(row.id, row.coco_id) for row in rows], Report(), "image")


def _stem(name: str) -> str:
    """A name without its suffix; pages of a file are told apart: ``stack_p3``."""
    file, page = split_page(name)
    stem = os.path.splitext(file)[0]
    return f"{stem}_p{page + 1}" if page else stem


def places(rows: Sequence[ImageRow]) -> KnownImages:
    """Where the images of a project are, by the names files call them."""
    names = file_names(rows)
    images = {row.id: KnownImage(row.path, row.page, row.size, row.id) for row in rows}
    more = (
        (name, images[row.id])
        for row in rows
        for name in dict.fromkeys(
            (
                page_name(row.stored_path.replace("\\", "/"), row.page),
                row.file_name,
                f"{names[row.id].mask_name}.png",
            )
        )
    )
    return KnownImages({names[row.id].file_name: images[row.id] for row in rows}, more)


def _below_common(paths: Sequence[Path]) -> list[str]:
    """Each path from the folder on that all are in."""
    try:
        folder = os.path.commonpath([path.parent for path in paths]) if paths else ""
    except ValueError:  # on different drives
        folder = ""
    return [
        (path.relative_to(folder) if folder else path.relative_to(path.anchor)).as_posix()
        for path in paths
    ]


def sheet_images(
    rows: Sequence[ImageRow], names: Mapping[int, Names]
) -> tuple[list[SheetImage], list[str]]:
    """What writers need of each image, and the names of those whose size cannot be told.

    Args:
        rows: The images.
        names: Of `file_names`, for the whole project.
    """
    images = []
    unknown = []
    for row in rows:
        size = row.size
        if size is None:
            try:
                size = image_header(row.path, row.page)[0]
            except EngineError:
                unknown.append(row.file_name)
                continue
        images.append(
            SheetImage(
                key=row.id,
                file_name=names[row.id].file_name,
                mask_name=names[row.id].mask_name,
                size=size,
                coco_id=row.coco_id,
                extra={**row.extra, "page": row.page + 1} if row.page else row.extra,
            )
        )
    return images, unknown


def sheets(
    project: Project,
    images: Sequence[SheetImage],
    note: Callable[[int, int, bytes], None] | None = None,
) -> Iterator[Sheet]:
    """The work on each image, loaded one by one; for ``note`` see ``Project.iter_documents``."""
    documents = project.iter_documents([image.key for image in images], note)
    for image, document in zip(images, documents, strict=True):
        yield sheet(image, document)


def sheet(image: SheetImage, document: Document) -> Sheet:
    """One image's accepted work."""
    return Sheet(image=image, objects=document.ordered(), layer=document.layer)
