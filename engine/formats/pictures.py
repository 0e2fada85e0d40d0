"""The images that masks belong to: where they are, and how the masks lie on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject
from engine.formats.exif import turn
from engine.formats.find_images import safe_name, say_missing
from engine.formats.finder import Finder, Place, plain_names
from engine.formats.format import ReadOptions
from engine.formats.frames import Frame, Size, frame_of, tell_turn
from engine.formats.known_images import KnownImages
from engine.formats.report import Report
from engine.masks.mask import Mask


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
        self._known = KnownImages.of(options.known)
        self._finder = Finder([*first, *folders], self._known, report, beside)
        self.folders = self._finder.folders
        self.missing = 0
        self._named: list[Picture] = []
        self._options = options
        self._report = report

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
        return self._picture(safe, self._finder.named(safe, given), given)

    def of_project(self, name: str, given: Size | None = None) -> Picture | None:
        """The project's image that an export calls `name`, whatever lies beside the file."""
        known = self._known.exact(name)
        if known is None:
            return self.named(name, given)
        return self._picture(name, Place(name, known.path, known.page, known), given)

    def of_stem(self, *stems: str, given: Size | None = None) -> Picture | None:
        """The image of a mask file; see `named`.

        Args:
            stems: Paths without suffix that the image may have, likeliest first.
            given: (height, width) the masks were made for.
        """
        found = self._finder.of_stem(*stems, size=given)
        return self._picture(f"{stems[-1]}.jpg" if found is None else found.name, found, given)

    def any_of(self, names: Sequence[str], given: Size | None = None) -> Picture | None:
        """The image that has one of these names, likeliest first; see `named`."""
        for name in names:
            safe = safe_name(name, self._report)
            if safe and self._finder.exact(safe) is not None:
                return self.named(name, given)
        found = self._among(plain_names(names), given)
        return (
            self.named(names[-1], given)
            if found is None
            else self._picture(found.name, found, given)
        )

    def has(self, *names: str) -> bool:
        """Whether there is an image of one of these names."""
        return self._among(plain_names(names), None) is not None

    def _among(self, names: Sequence[str], given: Size | None) -> Place | None:
        for name in names:
            found = self._finder.named(name, given)
            if found is not None:
                return found
        return self._finder.of_stem(*names, size=given)

    def _picture(self, name: str, found: Place | None, given: Size | None) -> Picture | None:
        """The image of a place, or, where there is none, one that is missing."""
        if found is None:
            found = Place(name, self.folders[0] / name)
            there = False
        else:
            there = found.known is None or found.path.is_file()
        self.missing += not there and found.known is None
        if not there and given is None and found.known is not None:
            given = found.known.size
        # A source without sizes is nothing to remark where the file is there to tell.
        report = Report() if given is None and there else self._report
        frame = frame_of(given, found.path, found.page, there, self._options.exif, report)
        if frame is None and there:
            self._report.add("unreadable", name)
        if frame is None:
            return None
        picture = Picture(name, found.path, found.page, there, frame)
        if self._options.names_only:
            self._named.append(picture)  # to a reader there is none: it goes on to the next
            return None
        return picture

    def named_only(self) -> Iterator[FoundImage]:
        """The images that were asked for since, where nothing but their names is wanted."""
        while self._named:
            yield self.found(self._named.pop(0))

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
