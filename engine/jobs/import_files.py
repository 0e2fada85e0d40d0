"""Import: another tool's annotations, read into numbered parts for the owner to take up."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.document.taxonomy import Taxonomy
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import FoundClass, FoundImage, FoundObject, Reading, add_region
from engine.formats.coco_write import numbers_for
from engine.formats.find_images import real_path
from engine.formats.format import Format, ReadOptions
from engine.formats.png_read import Target
from engine.formats.report import Report
from engine.formats.whole import write_whole
from engine.images.folder import images_in
from engine.jobs.garbage import seldom_collected
from engine.jobs.job import Context, ImportSpec
from engine.jobs.parts import PartImage, PartObject, write_part
from engine.jobs.snapshot import file_names, places, snapshot
from engine.masks import codec
from engine.masks.components import components
from engine.store import Project

IMPORTED = "imported.json"
"""Written after all parts: classes and top-level fields of the file."""


class ImportedClass(msgspec.Struct, kw_only=True):
    """A class of the file; see `engine.formats.base.FoundClass`."""

    key: int
    name: str
    coco_id: int | None = None
    color: str | None = None
    thing: bool = True
    supercategory: str = ""
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


class Imported(msgspec.Struct, kw_only=True):
    """What holds for all parts of an import."""

    classes: list[ImportedClass]
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    status: str = "done"


@seldom_collected()
def run(spec: ImportSpec, context: Context) -> dict[str, Any]:
    """Read everything into parts.

    Returns:
        images, objects, format, classes, left_out (cases), ambiguous (photos of which it is not
        known whether they were annotated turned; `exif` says), summary.

    Raises:
        EngineError: The source cannot be read; its text says what to do.
    """
    source = Path(spec.source)
    form = registry.get(spec.format) if spec.format else registry.detect(source)
    if not source.exists():
        raise EngineError(f"There is no {source}. Choose the file or folder to import.")
    context.progress(0, 0, f"Looking through {source.name}")
    with snapshot(spec.project) as project:
        taxonomy = project.taxonomy
        reading = _open(form, source, spec, project)
    things: set[int] = set()
    seen = images = objects = 0
    number = 0
    batch: list[PartImage] = []
    for found in reading.images():
        context.check()
        context.progress(images, reading.count, found.file_name)
        if seen < len(reading.classes):  # some readers meet classes on the way
            seen = len(reading.classes)
            things = {each.key for each in reading.classes if _is_thing(each, taxonomy)}
        if leads_out(found):
            reading.report.add("linked", found.file_name)
            continue
        batch.append(_part_image(found, things))
        images += 1
        objects += len(found.objects) + len(found.layer)
        if len(batch) == spec.per_part:
            number += 1
            context.artifact("part", write_part(context.folder, number, batch))
            batch = []
    if batch:
        number += 1
        context.artifact("part", write_part(context.folder, number, batch))
    _write_imported(context.folder, reading, spec.status)
    for remark in reading.report.remarks():
        context.note(remark.text, remark.level)
    context.progress(reading.count, reading.count)
    return {
        "format": form.name,
        "images": images,
        "objects": objects,
        "classes": len(reading.classes),
        "left_out": reading.report.left_out,
        "ambiguous": reading.report.counts.get("ambiguous turn", 0),
        "summary": f"{objects:,} masks in {images:,} images read.",
    }


def _open(form: Format, source: Path, spec: ImportSpec, project: Project) -> Reading:
    folder = Path(spec.images) if spec.images else None
    rows = project.images()
    options = ReadOptions(
        images=folder,
        masks=Path(spec.masks) if spec.masks else None,
        exif=spec.exif,
        known=places(rows),
        targets=tuple(targets(project, folder)) if form.name == "png" else (),
        taxonomy=project.taxonomy,
        values=spec.values,
        numbers=numbers(project),
    )
    return form.read(source, options)


def numbers(project: Project) -> dict[int, str]:
    """Number in files → name in files, as an export of the whole project would have them."""
    rows = project.images()
    names = file_names(rows)
    given = numbers_for([(row.id, row.coco_id) for row in rows], Report(), "image")
    return {number: names[image].file_name for image, number in given.items()}


def targets(project: Project, folder: Path | None) -> Iterable[Target]:
    """The project's images, and those in `folder` that it does not have yet."""
    known = set()
    rows = project.images()
    names = file_names(rows)
    for row in rows:
        known.add(row.path)
        yield Target(row.path, *names[row.id], row.page)
    if folder is None:
        return
    if not folder.is_dir():
        raise EngineError(f"There is no folder {folder}. Choose the folder of the images.")
    for path in images_in(folder):
        if path.resolve() not in known:
            yield Target(path.resolve(), path.relative_to(folder).as_posix())


def _is_thing(found: FoundClass, taxonomy: Taxonomy) -> bool:
    """What the class will be: the project's class of that name decides, else the file."""
    known = taxonomy.by_name(found.name)
    return found.thing if known is None else known.thing


def leads_out(found: FoundImage) -> bool:
    """Whether an image that counts as missing is there, behind a link that was not followed.

    In a project its path alone would be known, and its link followed.
    """
    return not found.present and os.path.lexists(found.path)


def _part_image(found: FoundImage, things: set[int]) -> PartImage:
    regions = {key: mask for key, mask in found.layer.items() if key not in things}
    objects = [each for each in found.objects if each.crowd or each.class_key in things]
    for each in found.objects:
        if not each.crowd and each.class_key not in things:
            # A class of regions in this project has none but regions, whatever the file says.
            add_region(regions, each.class_key, each.mask)
    layer = {key: codec.to_bytes(mask) for key, mask in regions.items()}
    return PartImage(
        size=found.size,
        path=real_path(found.path),
        page=found.page,
        file_name=found.file_name,
        orientation=found.orientation,
        coco_id=found.coco_id,
        extra=dict(found.extra),
        objects=[*_objects(objects), *_loose_objects(found, things)],
        layer=layer,
    )


def _objects(objects: Iterable[FoundObject]) -> Iterator[PartObject]:
    for each in objects:
        yield PartObject(
            key=each.class_key,
            mask=codec.to_bytes(each.mask),
            score=each.score,
            crowd=each.crowd,
            coco_id=each.coco_id,
            extra=dict(each.extra),
        )


def _loose_objects(found: FoundImage, things: set[int]) -> Iterator[PartObject]:
    """Regions of a class that has objects in this project: each connected piece is one."""
    for key, mask in found.layer.items():
        if key in things:
            for piece in components(mask):
                yield PartObject(key=key, mask=codec.to_bytes(piece))


def _write_imported(folder: Path, reading: Reading, status: str) -> None:
    fields: Mapping[str, Any] = reading.fields
    imported = Imported(
        classes=[
            ImportedClass(
                key=each.key,
                name=each.name,
                coco_id=each.coco_id,
                color=each.color,
                thing=each.thing,
                supercategory=each.supercategory,
                extra=dict(each.extra),
            )
            for each in reading.classes
        ],
        fields=dict(fields),
        status=status,
    )
    write_whole(folder / IMPORTED, msgspec.json.encode(imported))


def read_imported(folder: Path) -> Imported:
    """What `run` wrote besides the parts.

    Raises:
        EngineError: It is missing or damaged.
    """
    try:
        return msgspec.json.decode((folder / IMPORTED).read_bytes(), type=Imported)
    except (OSError, msgspec.MsgspecError) as error:
        raise EngineError(
            f"The import in {folder} is not whole: {error}. Import the file again."
        ) from error
