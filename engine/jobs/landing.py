"""Which image of the project each image of a file is: none is there twice, none is mixed up.

A file found at the place of a project's image is that image. Otherwise the name tells, from its
end: the longest way in common, then the file's own name where no other image has it. A picture of
another size is another image. Where a picture lies beside the file too, its content has to be the
same, unless a person said that the name will do: numbered photos of two series are called alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from engine.errors import EngineError
from engine.formats.base import FoundImage
from engine.formats.find_images import real_path, safe_name
from engine.formats.known_images import KnownImage, KnownImages
from engine.formats.name_index import agreement
from engine.formats.report import Report
from engine.images.header import image_header
from engine.images.picture import split_page
from engine.store.files import Identity, identity, same_content

Goes = Literal["there", "new", "missing", "other", "several"]
"""Where an image of a file goes: to one ``there`` is, ``new`` into the project, or new although its
file is ``missing``; ``other`` and ``several`` are new too: the project has a picture of that name
and size but of other content, or several that the name could mean."""

Strength = tuple[bool, int, int]


class Landed(NamedTuple):
    """Where an image of a file goes.

    Attributes:
        goes: See `Goes`.
        path: The file of the image.
        image: The project's image, 0 for none.
        own: Where it goes when another image of the file turns out to be that image; "" where
            that cannot be.
    """

    goes: Goes
    path: Path
    image: int = 0
    own: str = ""


@dataclass(slots=True)
class Counts:
    """How many images of a file go where; see `Goes`."""

    there: int = 0
    new: int = 0
    missing: int = 0
    other: int = 0
    several: int = 0

    @property
    def images(self) -> int:
        """All of them."""
        return self.there + self.new + self.missing + self.other + self.several

    def words(self) -> str:
        """In a sentence, "" for no images."""
        new = self.new + self.other + self.several
        said = (
            (self.there, "is an image of the project", "are images of the project"),
            (new, "is new", "are new"),
            (self.missing, "is not found", "are not found"),
        )
        parts = [f"{n:,} {one if n == 1 else many}" for n, one, many in said if n]
        return f"{', '.join(parts)}." if parts else ""


class Landing:
    """Decides image by image; `settle` ends it, since a later name may fit an image better."""

    def __init__(
        self,
        known: KnownImages,
        noted: Callable[[int], Identity | None],
        roots: Sequence[Path],
        report: Report,
        *,
        chosen: bool = False,
        by_name: bool = False,
    ) -> None:
        """Hold what is known.

        Args:
            known: The project's images.
            noted: What was noted of the file of an image.
            roots: Folders that images may lie in; what a reader finds elsewhere is refused.
            report: Takes what is refused, and images that a name does not tell apart.
            chosen: A person said where the images are: what is there is not looked for in the
                project.
            by_name: Name and size will do where the content differs.
        """
        self._known, self._noted, self._report = known, noted, report
        self._roots = [real_path(each / "x")[:-1] for each in dict.fromkeys(roots)]
        self._chosen, self._by_name = chosen, by_name
        self._seen: list[tuple[str, Landed]] = []
        self._claims: dict[tuple[str, int], dict[str, Strength]] = {}

    @cached_property
    def _by_place(self) -> dict[tuple[str, int], KnownImage]:
        """The project's images by where they really are."""
        found = {(real_path(each.path), each.page): each for each in self._known.images()}
        return found | {(os.fspath(each.path), each.page): each for each in self._known.images()}

    def place(self, found: FoundImage) -> Landed | None:
        """Where an image goes; None when what the reader found must not be touched."""
        path = os.fspath(found.path)
        if "\0" in path:
            self._report.add("elsewhere", found.file_name.replace("\0", ""))
            return None
        here = self._by_place.get((path, found.page))
        if here is None:
            here = self._by_place.get((real_path(found.path), found.page))
        if here is None and not self._may_be(found):
            return None
        if here is not None and here.size not in (None, found.size):
            self._report.add("changed size" if found.present else "other size", found.file_name)
            return None
        landed = self._on(found, here) if here else self._beside(found)
        name = found.asked or found.file_name
        if landed.image or found.present:
            place = os.fspath(landed.path), found.page
            self._claims.setdefault(place, {})[name] = self._strength(name, landed)
        self._seen.append((name, landed))
        return landed

    def settle(self) -> tuple[Counts, list[str]]:
        """How many went where, and the names of those that go to places of their own after all."""
        apart: set[str] = set()
        for names in self._claims.values():
            best = max(names.values())
            first = [name for name, strength in names.items() if strength == best]
            apart |= {*names} - ({first[0]} if len(first) == 1 else set())
        counts = Counts()
        for name, landed in self._seen:
            goes = landed.goes
            if name in apart and landed.own:
                self._report.add("named alike", name)
                goes = "new" if os.path.isfile(landed.own) else "missing"
            setattr(counts, goes, getattr(counts, goes) + 1)
        return counts, sorted(apart)

    def _may_be(self, found: FoundImage) -> bool:
        """Whether a file outside of the project may be touched: none that a link leads to."""
        if not found.present and os.path.lexists(found.path):
            self._report.add("linked", found.file_name)
            return False
        real = real_path(found.path)
        if found.present and not any(real.startswith(root) for root in self._roots):
            self._report.add("elsewhere", found.file_name.replace("\0", ""))
            return False
        return True

    def _on(self, found: FoundImage, here: KnownImage) -> Landed:
        return Landed("there", here.path, here.number, self._own(found))

    def _own(self, found: FoundImage) -> str:
        """Where an image would be if it were none of the project's."""
        name = safe_name(found.asked or found.file_name, Report())
        return os.path.join(self._roots[0], name) if name else ""

    def _beside(self, found: FoundImage) -> Landed:
        """Of an image whose file is none of the project's."""
        new: Goes = "new" if found.present else "missing"
        plain = Landed(new, Path(real_path(found.path)), own=self._own(found))
        if self._chosen and found.present:
            return plain
        some = self._named(found)
        if found.present:
            same = next((each for each in some if self._is(found.path, each)), None)
            if same is not None:
                return Landed("there", same.path, same.number, os.fspath(plain.path))
        some = tuple(each for each in some if _size(each) in (None, found.size))
        if len(some) > 1:
            self._report.add("several", found.file_name)
            return plain._replace(goes="several" if found.present else "missing")
        if not some or not found.present:
            return plain
        if self._by_name or self._is_gone(some[0]):
            return Landed("there", some[0].path, some[0].number, os.fspath(plain.path))
        self._report.add("other content", found.file_name)
        return plain._replace(goes="other")

    def _named(self, found: FoundImage) -> tuple[KnownImage, ...]:
        """The project's images that a name may mean; pages that nobody listed have no number."""
        file = split_page(found.file_name)[0] if found.page else found.file_name
        for name in dict.fromkeys((found.file_name, file)):
            named = self._known.find(name, None if found.page else found.size)
            some = named.several or ((named.image,) if named.image is not None else ())
            same = tuple(each for each in some if each.page == found.page)
            if same:
                return same
        return tuple(KnownImage(each.path, found.page) for each in some if not each.page)

    def _strength(self, name: str, landed: Landed) -> Strength:
        """How far a name means a file: whether all of it does, how far, and to the letter."""
        count, _, exact = agreement(name, landed.path.as_posix())
        parts = name.count("/") + 1
        known = self._known.exact(name)
        if known is not None and known.number and known.number == landed.image:
            return True, parts, parts  # an export calls it so
        return count == parts, count, exact

    def _is(self, path: Path, known: KnownImage) -> bool:
        """Whether a file has the content of the project's image, or of what it was."""
        if known.path.is_file():
            return same_content(path, known.path)
        noted = self._noted(known.number)
        try:
            return noted is not None and noted.same(identity(path))
        except OSError:
            return False

    def _is_gone(self, known: KnownImage) -> bool:
        """Whether nothing is left that could tell the project's image from another."""
        return not known.path.is_file() and self._noted(known.number) is None


def _size(known: KnownImage) -> tuple[int, int] | None:
    """The size of a project's image, which nobody may have looked at yet."""
    if known.size is not None:
        return known.size
    try:
        return image_header(known.path, known.page)[0]
    except EngineError:
        return None
