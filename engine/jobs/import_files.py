"""Import: another tool's annotations, read into numbered parts for the owner to take up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.document.taxonomy import Taxonomy
from engine.errors import EngineError
from engine.formats import registry
from engine.formats.base import FoundImage, FoundObject, Reading, add_region
from engine.formats.find_images import real_path
from engine.formats.format import Format, ReadOptions
from engine.formats.known_images import KnownImages
from engine.formats.png_read import Target
from engine.formats.report import Report
from engine.formats.storable import encoded, storable
from engine.formats.whole import write_whole
from engine.images.folder import images_in
from engine.jobs.garbage import seldom_collected
from engine.jobs.import_classes import ImportedClass, matched
from engine.jobs.job import Context, ImportSpec
from engine.jobs.landing import Landed, Landing
from engine.jobs.parts import PartImage, PartObject, write_part
from engine.jobs.snapshot import file_names, image_numbers, places, snapshot
from engine.masks import codec
from engine.masks.components import components
from engine.store import ImageRow
from engine.store.files import Identity

IMPORTED = "imported.json"
"""Written after all parts: classes and top-level fields of the file."""


class Imported(msgspec.Struct, kw_only=True):
    """What holds for all parts of an import."""

    classes: list[ImportedClass]
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    status: str = "done"
    apart: list[str] = msgspec.field(default_factory=list)
    """What images are called that go to places of their own; see `Landing.settle`."""


@seldom_collected()
def run(spec: ImportSpec, context: Context) -> dict[str, Any]:
    """Read everything into parts.

    Returns:
        images, objects, format, classes, left_out (cases), ambiguous (photos of which it is not
        known whether they were annotated turned; `exif` says), there, new and missing (images of
        the project, images it will get, and those of them whose files are not found), places (the
        same in words), summary.

    Raises:
        EngineError: The source cannot be read; its text says what to do.
    """
    context.progress(0, 0, f"Looking through {Path(spec.source).name}")
    with snapshot(spec.project) as project:
        taxonomy, rows = project.taxonomy, project.images()
        known = places(rows)
        form, reading = reading_of(spec, rows, taxonomy, known)
        landing = landing_of(spec, known, project.identities(), reading.report)
    things: set[int] = set()
    seen = images = objects = 0
    number = 0
    batch: list[PartImage] = []
    for found in images_of(reading):
        context.check()
        context.progress(images, reading.count, found.file_name)
        if seen < len(reading.classes):  # some readers meet classes on the way
            seen = len(reading.classes)
            known_classes = matched(taxonomy, reading.classes)
            things = {
                each.key for each in reading.classes if known_classes.get(each.key, each).thing
            }
        landed = landing.place(found)
        if landed is None:
            continue
        batch.append(_part_image(found, things, landed))
        images += 1
        objects += len(found.objects) + len(found.layer)
        if len(batch) == spec.per_part:
            number += 1
            context.artifact("part", write_part(context.folder, number, batch))
            batch = []
    if batch:
        number += 1
        context.artifact("part", write_part(context.folder, number, batch))
    counts, apart = landing.settle()
    _write_imported(context.folder, reading, spec.status, apart)
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
        "there": counts.there,
        "new": counts.images - counts.there - counts.missing,
        "missing": counts.missing,
        "places": counts.words(),
        "summary": f"{objects:,} mask{'s' * (objects != 1)} in {images:,} "
        f"image{'s' * (images != 1)} read. {counts.words()}".rstrip(),
    }


def landing_of(
    spec: ImportSpec, known: KnownImages, noted: Mapping[int, Identity], report: Report
) -> Landing:
    """What decides where the images of an import go."""
    named = [Path(each) for each in (spec.images,) if each]
    source = Path(spec.source)
    near = [source] if source.is_dir() else []
    for each in (source, source.resolve()):
        near += each.parents[:2]
    return Landing(
        known,
        noted.get,
        [*named, *near],
        report,
        chosen=bool(named),
        by_name=spec.by_name,
    )


def reading_of(
    spec: ImportSpec,
    rows: Sequence[ImageRow],
    taxonomy: Taxonomy,
    known: KnownImages,
    *,
    names_only: bool = False,
) -> tuple[Format, Reading]:
    """The source, opened by the format that is named, or that it is found to have.

    Args:
        spec: What is wanted.
        rows: The project's images.
        taxonomy: Its classes.
        known: The images by name.
        names_only: Which images there are is wanted, not what is on them.

    Raises:
        EngineError: The source cannot be read.
    """
    source = Path(spec.source)
    form = registry.get(spec.format) if spec.format else registry.detect(source)
    if not source.exists():
        raise EngineError(f"There is no {source}. Choose the file or folder to import.")
    folder = Path(spec.images) if spec.images else None
    options = ReadOptions(
        images=folder,
        masks=Path(spec.masks) if spec.masks else None,
        exif=spec.exif,
        known=known,
        targets=tuple(targets(rows, folder)) if form.name == "png" else (),
        taxonomy=taxonomy,
        values=spec.values,
        numbers=numbers(rows),
        names_only=names_only,
    )
    try:
        return form, form.read(source, options)
    except OSError as problem:
        raise _kept_out(problem) from problem


def images_of(reading: Reading) -> Iterator[FoundImage]:
    """Every image of a reading.

    Raises:
        EngineError: A file or folder of the source cannot be read.
    """
    try:
        yield from reading.images()
    except OSError as problem:
        raise _kept_out(problem) from problem


def _kept_out(problem: OSError) -> EngineError:
    return EngineError(
        f"{problem.filename or 'A file of the source'} cannot be read: {problem.strerror}. Let it "
        "be read, or copy what is to be imported elsewhere."
    )


def numbers(rows: Sequence[ImageRow]) -> dict[int, str]:
    """Number in files → name in files, as an export of the whole project would have them."""
    names = file_names(rows)
    return {number: names[image].file_name for image, number in image_numbers(rows).items()}


def targets(rows: Sequence[ImageRow], folder: Path | None) -> Iterator[Target]:
    """The images of a chosen folder, and the project's images, which it may hold."""
    names = file_names(rows)
    known = {}
    for row in rows:
        known[real_path(row.path)] = row
        yield Target(row.path, *names[row.id], row.page, row.size)
    if folder is None:
        return
    if not folder.is_dir():
        raise EngineError(f"There is no folder {folder}. Choose the folder of the images.")
    for path in images_in(folder):
        ours = known.get(real_path(path))
        name = path.relative_to(folder).as_posix()
        if ours is None:
            yield Target(path.resolve(), name, chosen=True)
        else:
            mask = names[ours.id].mask_name
            yield Target(ours.path, name, mask, ours.page, ours.size, chosen=True)


def _part_image(found: FoundImage, things: set[int], landed: Landed) -> PartImage:
    regions = {key: mask for key, mask in found.layer.items() if key not in things}
    objects = [each for each in found.objects if each.crowd or each.class_key in things]
    for each in found.objects:
        if not each.crowd and each.class_key not in things:
            # A class of regions in this project has none but regions, whatever the file says.
            add_region(regions, each.class_key, each.mask)
    layer = {key: codec.to_bytes(mask) for key, mask in regions.items()}
    return PartImage(
        size=found.size,
        image=landed.image,
        path=str(landed.path),
        own=landed.own,
        asked=found.asked,
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


def _write_imported(folder: Path, reading: Reading, status: str, apart: list[str]) -> None:
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
                extra=storable(dict(each.extra)),
            )
            for each in reading.classes
        ],
        fields=storable(dict(fields)),
        status=status,
        apart=apart,
    )
    write_whole(folder / IMPORTED, encoded(imported, msgspec.json.Encoder()))


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
