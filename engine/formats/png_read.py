"""Index masks: one PNG an image, whose pixel values are classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.document.taxonomy import UNLABELLED, Taxonomy
from engine.errors import EngineError
from engine.formats.base import Exif, FoundClass, FoundImage
from engine.formats.exif import turn
from engine.formats.frames import frame_of, tell_turn
from engine.formats.name_index import NameIndex
from engine.formats.png_colors import any_colored, distinct, read_values
from engine.formats.png_values import (
    Meanings,
    layer_key,
    meanings,
    read_value_table,
    value_name,
)
from engine.formats.report import Report
from engine.images.header import image_header
from engine.masks.class_map import ClassMap

ENDINGS = ("_mask", "-mask", "_masks", "_seg", "_label", "_labels", "_gt", "_annotation")
"""What other tools put behind an image's name to name its mask."""

SHOWN = 12
"""Unknown values named in a refusal."""


@dataclass(frozen=True, slots=True)
class Target:
    """An image a mask may belong to.

    Attributes:
        path: Where it is.
        file_name: What files call it.
        mask_name: What a mask written here is called, without suffix; "" for the image's name.
        page: Which image of the file, from 0.
        size: (height, width), oriented; None where nobody looked yet.
        chosen: It lies in the folder the user named, so it comes before others of its name.
    """

    path: Path
    file_name: str
    mask_name: str = ""
    page: int = 0
    size: tuple[int, int] | None = None
    chosen: bool = False


def mask_files(source: Path) -> list[Path]:
    """The mask files of a folder and its subfolders, or the one file, sorted by name.

    Where masks lie elsewhere too, those in the folder "images" are the photos, as exported.

    Raises:
        EngineError: There are none.
    """
    if source.is_file():
        return [source]
    found = sorted(
        each for each in source.rglob("*") if each.suffix.lower() == ".png" and each.is_file()
    )
    photos = source / "images"
    found = [each for each in found if not each.is_relative_to(photos)] or found
    if not found:
        raise EngineError(f"There are no PNG files in {source}. Choose the folder of the masks.")
    return found


def unknown_values(
    source: Path, taxonomy: Taxonomy, said: Mapping[int, str] | None = None
) -> dict[int, int]:
    """The values nothing is known about → the number of files they are in.

    Args:
        source: Folder of masks, or one mask.
        taxonomy: The project's classes.
        said: What the user has said already.

    Raises:
        EngineError: A mask cannot be read.
    """
    table = read_value_table(_folder(source))
    known = meanings(taxonomy, said or {}, table.classes, table.literal)
    files = mask_files(source)
    found = values_in(files, table.colors or any_colored(files))
    return {value: found[value] for value in known.unknown(found)}


def values_in(files: Iterable[Path], colored: bool = False) -> dict[int, int]:
    """Every value → the number of files it is in.

    Args:
        files: The masks.
        colored: Pictures in colour hold colours; see `png_colors.read_values`.

    Raises:
        EngineError: A mask cannot be read.
    """
    found: dict[int, int] = {}
    for path in files:
        for value in distinct(read_values(path, colored)):
            found[value] = found.get(value, 0) + 1
    return dict(sorted(found.items()))


def _folder(source: Path) -> Path:
    return source if source.is_dir() else source.parent


class PngReading:
    """A folder of index masks, paired with images; see `engine.formats.base.Reading`."""

    fields: Mapping[str, Any]

    def __init__(
        self,
        source: Path,
        targets: Iterable[Target],
        taxonomy: Taxonomy,
        said: Mapping[int, str] | None = None,
        exif: Exif = "applied",
        *,
        names_only: bool = False,
    ) -> None:
        """Open `source`.

        Args:
            source: Folder of masks, or one mask.
            targets: The images there are.
            taxonomy: The project's classes.
            said: What values mean, where that is not known.
            exif: How photos whose size does not tell were annotated.
            names_only: No mask is looked at.

        Raises:
            EngineError: There are no masks, or a value means nothing; its text names them.
        """
        self.report = Report()
        self.fields = {}
        self._exif = exif
        folder = _folder(source)
        table = read_value_table(folder)
        self._meanings: Meanings = meanings(taxonomy, said or {}, table.classes, table.literal)
        files = mask_files(source)
        self._names_only = names_only
        self._colored = not names_only and (table.colors or any_colored(files))
        if not names_only:
            _refuse_unknown(source, self._meanings, values_in(files, self._colored))
        self._pairs = list(_pair(files, folder, targets, self.report))
        self.count = len(self._pairs)
        self.classes: Sequence[FoundClass] = self._meanings.classes

    def images(self) -> Iterator[FoundImage]:
        """Every mask whose image is known."""
        for path, target in self._pairs:
            found = self._image(path, target)
            if found is not None:
                yield found

    def _image(self, path: Path, target: Target) -> FoundImage | None:
        if self._names_only:
            shape = image_header(path)[2]
            return FoundImage(
                file_name=target.file_name,
                path=target.path,
                page=target.page,
                present=target.path.is_file(),
                size=target.size or shape,
            )
        array = read_values(path, self._colored, self.report)
        shape = (int(array.shape[0]), int(array.shape[1]))
        present = target.path.is_file()
        frame = frame_of(shape, target.path, target.page, present, self._exif, self.report)
        gone = not present and target.size not in (None, shape)
        if frame is None or not frame.usable or frame.drawn != shape or gone:
            self.report.add("other size", target.file_name)
            return None
        tell_turn(frame, self.report, target.file_name)
        numbers = ClassMap.from_array(self._meanings.keys_of(array))
        layer = {
            layer_key(number): turn(numbers.mask(number), frame.turn, shape)
            for number in numbers.areas()
            if number != UNLABELLED
        }
        return FoundImage(
            file_name=target.file_name,
            path=target.path,
            page=target.page,
            present=present,
            size=frame.size,
            orientation=frame.orientation,
            layer=layer,
        )


def _refuse_unknown(source: Path, known: Meanings, found: Mapping[int, int]) -> None:
    unknown = known.unknown(found)
    if not unknown:
        return
    names = ", ".join(value_name(value) for value in unknown[:SHOWN])
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    assumed = [str(value) for value in known.assumed if value in found and value not in unknown]
    meant = [f"{v} means {'background' if v == '0' else 'unlabelled'}" for v in assumed]
    rest = f" Unless you say otherwise, {' and '.join(meant)}." if meant else ""
    example = ",".join(f"{value_name(value)}=NAME" for value in unknown[:3])
    raise EngineError(
        f"The masks in {source} hold values that are no classes of this project: {names}{more}. "
        f"Say what they mean with --map {example} (background and ignore are names too).{rest}"
    )


def _pair(
    files: Sequence[Path], folder: Path, targets: Iterable[Target], report: Report
) -> Iterator[tuple[Path, Target]]:
    """Each mask with its image: by path inside the folder, else by a name only one image has."""
    every = list(targets)
    chosen, all_ = _Names(each for each in every if each.chosen), _Names(every)
    pairs: dict[Path, Target] = {}
    for ask in (_Names.exact, _Names.alike):  # what is called so goes before what is called alike
        taken = set(pairs.values())
        for file in files:
            inner = file.relative_to(folder).with_suffix("").as_posix()
            target = ask(chosen, inner) or ask(all_, inner)
            if file not in pairs and target is not None and target not in taken:
                pairs[file] = target
    for file in files:
        if file in pairs:
            yield file, pairs[file]
        else:
            report.add("no image", file.name)


class _Names:
    """Images by the names their masks may have."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._by_path: dict[str, Target] = {}
        pairs: list[tuple[str, Target]] = []
        for target in targets:
            name = target.file_name.replace("\\", "/")
            self._by_path.setdefault(target.mask_name or name.rsplit(".", 1)[0], target)
            pairs += [(name, target), (target.path.as_posix(), target)]
        self._index = NameIndex(pairs)

    def exact(self, inner: str) -> Target | None:
        """The image of a mask, by the mask's path without ending."""
        return self._by_path.get(inner)

    def alike(self, inner: str) -> Target | None:
        """The only image of such a name."""
        hits = self._index.of_stem(inner)
        return (hits if hits.values else self._index.of_stem(_plain_stem(inner))).only


def _plain_stem(stem: str) -> str:
    for ending in ENDINGS:
        if stem.lower().endswith(ending):
            return stem[: -len(ending)]
    return stem
