"""The images that masks belong to: where they are, and how the masks lie on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import EngineError
from engine.formats.base import FoundImage, FoundObject
from engine.formats.exif import turn
from engine.formats.find_images import safe_name, say_missing
from engine.formats.finder import Finder, Place, plain_names
from engine.formats.format import ReadOptions
from engine.formats.frames import Frame, Size, frame_of, tell_turn
from engine.formats.known_images import KnownImages
from engine.formats.name_index import agreement
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
        asked: See `FoundImage.asked`.
    """

    name: str
    path: Path
    page: int
    present: bool
    frame: Frame
    asked: str = ""


class Pictures:
    """Finds images by the names a source gives them."""

    def __init__(
        self,
        folders: Sequence[Path],
        options: ReadOptions,
        report: Report,
        beside: Sequence[Path] = (),
        masks: Sequence[Path] = (),
    ) -> None:
        """Look around.

        Args:
            folders: Where images may be, subfolders included, likeliest first; the folder the user
                names goes before them.
            options: What the user said.
            report: Takes what had to be repaired.
            beside: Folders that may hold anything (that of a file, and the one above); images are
                looked for in them, but not in all of their subfolders.
            masks: Folders of masks, which are not listed with those above them.

        Raises:
            EngineError: The folder the user named is none.
        """
        if options.images is not None and not options.images.is_dir():
            raise EngineError(f"There is no folder {options.images}. Choose the images' folder.")
        first = [options.images] if options.images is not None else []
        self._known = KnownImages.of(options.known)
        self._finder = Finder([*first, *folders], self._known, report, beside, masks)
        self.folders = self._finder.folders
        self.missing = 0
        self._named: list[Picture] = []
        self._called: dict[str, str] = {}
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
        ending = ".jpg" if found is None else found.path.suffix

        def whole(stem: str) -> str:
            return stem if ending and stem.endswith(ending) else f"{stem}{ending}"

        names = [whole(stem) for stem in stems]
        # An image of the project goes by the stem that fits.
        name = names[-1] if found is None else whole(found.name)
        return self._picture(name, found, given, names)

    def any_of(self, names: Sequence[str], given: Size | None = None) -> Picture | None:
        """The image that has one of these names, likeliest first; see `named`."""
        told = {name: safe_name(name, self._report) for name in dict.fromkeys(names)}
        plain = [name for name in told.values() if name]
        if not plain:
            return self.named(names[-1], given)
        last = told[names[-1]] or plain[-1]
        there = (self._finder.exact(name) for name in plain)
        found = next((each for each in there if each is not None), None)
        found = found or self._among(plain, given)
        return self._picture(last if found is None else found.name, found, given, plain)

    def has(self, *names: str) -> bool:
        """Whether there is an image of one of these names."""
        return self._among(plain_names(names), None) is not None

    def _among(self, names: Sequence[str], given: Size | None) -> Place | None:
        for name in names:
            found = self._finder.named(name, given)
            if found is not None:
                return found
        return self._finder.of_stem(*names, size=given)

    def _asked(self, name: str, offered: Sequence[str]) -> str:
        """What a source calls an image in full, where the name of what was found has less of it."""
        ending = PurePosixPath(name).suffix
        asked = offered[0] if offered else name
        if agreement(asked, name.removesuffix(ending))[0]:  # the source gives no ending
            asked += ending
        whole = agreement(asked, name)[0] == asked.count("/") + 1
        return "" if whole else asked

    def _missing(self, name: str, asked: str) -> str:
        """The name of an image that is missing: a shorter one stands for one of them only."""
        return asked if asked and self._called.setdefault(name, asked) != asked else name

    def _picture(
        self, name: str, found: Place | None, given: Size | None, offered: Sequence[str] = ()
    ) -> Picture | None:
        """The image of a place, or, where there is none, one that is missing.

        Args:
            name: What it is called there.
            found: Where it is.
            given: See `named`.
            offered: All names of the source for it, the fullest first.
        """
        there = found is not None and (found.known is None or found.path.is_file())
        asked = self._asked(name, offered)
        name = self._missing(name, asked) if found is None else name
        found = found or Place(name, self.folders[0] / name)
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
        picture = Picture(name, found.path, found.page, there, frame, asked)
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
            asked=picture.asked,
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
