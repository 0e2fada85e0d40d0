"""The images that masks belong to: where they are, and how the masks lie on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject
from engine.formats.exif import turn
from engine.formats.find_images import safe_name, say_missing, stays_inside
from engine.formats.format import ReadOptions
from engine.formats.frames import Frame, Size, frame_of, tell_turn
from engine.formats.report import Report
from engine.images.folder import is_image, list_images
from engine.images.picture import split_page
from engine.masks.mask import Mask


def _without(path: Path, name: str) -> Path:
    """The folder in which a file is called `name`."""
    return path.parents[name.count("/")]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the source.

    Attributes:
        name: As the source calls it, "/" between folders.
        path: Where it is or should be.
        page: Which image of the file.
        present: Whether it is there.
        frame: How masks lie on it.
    """

    name: str
    path: Path
    page: int
    present: bool
    frame: Frame


class Pictures:
    """Finds images by the names a source gives them."""

    def __init__(
        self,
        folders: Sequence[Path],
        options: ReadOptions,
        report: Report,
        beside: Sequence[Path] = (),
    ) -> None:
        """Look around.

        Args:
            folders: Where images may be, subfolders included, likeliest first; the folder the user
                names goes before them.
            options: What the user said.
            report: Takes what had to be repaired.
            beside: Folders that may hold anything (that of a file, and the one above); images are
                looked for in them, but not in all of their subfolders.

        Raises:
            EngineError: The folder the user named is none.
        """
        if options.images is not None and not options.images.is_dir():
            raise EngineError(f"There is no folder {options.images}. Choose the images' folder.")
        first = [options.images] if options.images is not None else []
        self._deep = list(dict.fromkeys([*first, *folders]))
        self._beside = [each for each in dict.fromkeys(beside) if each not in self._deep]
        there = [each for each in [*self._deep, *self._beside] if each.is_dir()]
        self.folders = there or [*self._deep, *self._beside]
        self.missing = 0
        self._options = options
        self._report = report
        self._stems: dict[str, list[tuple[str, Path]]] | None = None

    def named(self, name: str, given: Size | None = None) -> Picture | None:
        """The image that a source calls `name`.

        Args:
            name: As the source has it; it is not trusted.
            given: (height, width) the masks were made for, None where the source does not say.

        Returns:
            None when no size of it is known, which the report says.
        """
        safe = safe_name(name, self._report)
        if not safe:
            self._report.add("bad entry", name[:80])
            return None
        page, path = 0, self._existing(safe)
        if path is None:
            file, page = split_page(safe)
            path = self._existing(file) if page else None
        if path is None:
            found = self._by_stem(safe)
            path, page = (found[1], 0) if found and found[1].name == Path(safe).name else (None, 0)
        return self._picture(safe, path, page, given)

    def of_stem(self, *stems: str, given: Size | None = None) -> Picture | None:
        """The image of a mask file; see `named`.

        Args:
            stems: Paths without suffix that the image may have, likeliest first.
            given: (height, width) the masks were made for.
        """
        found = self._by_stem(*stems)
        if found is None:
            return self._picture(f"{stems[-1]}.jpg", None, 0, given)
        return self._picture(found[0], found[1], 0, given)

    def any_of(self, names: Sequence[str], given: Size | None = None) -> Picture | None:
        """The image that has one of these names, likeliest first; see `named`."""
        for name in names:
            safe = safe_name(name, self._report)
            if safe and self._existing(safe) is not None:
                return self.named(name, given)
        stems = [plain for name in names if (plain := safe_name(name, Report()))]
        found = self._by_stem(*stems)
        return self.named(names[-1], given) if found is None else self._picture(*found, 0, given)

    def has(self, *names: str) -> bool:
        """Whether there is an image of one of these names."""
        plain = [safe for name in names if (safe := safe_name(name, Report()))]
        there = any(self._existing(name) is not None for name in plain)
        return there or self._by_stem(*plain) is not None

    def _picture(
        self, name: str, path: Path | None, page: int, given: Size | None
    ) -> Picture | None:
        present = path is not None
        self.missing += not present
        place = path if path is not None else self.folders[0] / name
        exif = self._options.exif
        # A source without sizes is nothing to remark where the file is there to tell.
        report = Report() if given is None and present else self._report
        frame = frame_of(given, place, page, present, exif, report)
        if frame is None and present:
            self._report.add("unreadable", name)
        return None if frame is None else Picture(name, place, page, present, frame)

    def _existing(self, name: str) -> Path | None:
        for folder in self.folders:
            path = folder / name
            try:
                if path.is_file() and stays_inside(folder, name, self._report):
                    return path
            except (OSError, ValueError):
                continue
        return self._options.known.get(name)

    def _by_stem(self, *stems: str) -> tuple[str, Path] | None:
        """(name, path) of the image whose path without suffix is one of `stems`, or whose name is.

        Of images of one name in several folders none is taken, unless the whole path tells.
        """
        if self._stems is None:
            self._stems = self._list()
        keys = [key for stem in stems for key in (stem, stem.rpartition(".")[0]) if key]
        for key in keys:
            found = self._stems.get(key)
            if found:
                return found[0]
        for key in keys:
            same = self._stems.get("/" + key.rpartition("/")[2], [])
            if len({path for _, path in same}) == 1:
                return same[0]
        return None

    def _is_ours(self, name: str, path: Path) -> bool:
        """Whether a listed file is no link that leads out of its folder."""
        return not path.is_symlink() or stays_inside(_without(path, name), name, Report())

    def _list(self) -> dict[str, list[tuple[str, Path]]]:
        stems: dict[str, list[tuple[str, Path]]] = {}
        pairs: list[tuple[str, Path]] = []
        for folder in self._deep:
            if folder.is_dir():
                pairs += [(name, folder / name) for name in list_images(folder).names]
        for folder in self._beside:
            if folder.is_dir():
                names = sorted(each.name for each in folder.iterdir() if is_image(each.name))
                pairs += [(name, folder / name) for name in names]
        pairs = [each for each in pairs if self._is_ours(*each)]
        pairs += self._options.known.items()
        for name, path in pairs:
            plain = name.rpartition(".")[0]
            stems.setdefault(plain, []).append((name, path))
            stems.setdefault("/" + plain.rpartition("/")[2], []).append((name, path))
        return stems

    def found(
        self,
        picture: Picture,
        objects: Iterable[FoundObject] = (),
        layer: Mapping[int, Mask] | None = None,
        coco_id: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> FoundImage:
        """The image with its masks, which lie as they were drawn, turned to the photo as seen."""
        frame = picture.frame
        kept = [each for each in objects if each.mask]
        regions = {key: mask for key, mask in (layer or {}).items() if mask}
        if (kept or regions) and not frame.usable:
            self._report.add("other size", picture.name)
            kept, regions = [], {}
        if kept or regions:
            tell_turn(frame, self._report, picture.name)
        if frame.turn != 1:
            kept = [replace(each, mask=turn(each.mask, frame.turn, frame.drawn)) for each in kept]
            regions = {k: turn(mask, frame.turn, frame.drawn) for k, mask in regions.items()}
        return FoundImage(
            file_name=picture.name,
            path=picture.path,
            page=picture.page,
            present=picture.present,
            size=frame.size,
            orientation=frame.orientation,
            coco_id=coco_id,
            extra=extra or {},
            objects=kept,
            layer=regions,
        )

    def say_missing(self, count: int) -> None:
        """Say how many of `count` images were not found."""
        say_missing(self._report, self.missing, count, self.folders[0])
        self.missing = 0
