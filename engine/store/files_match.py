"""Finding files of a project again: by content first, then by name and size of the picture."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from engine.images.folder import images_in
from engine.store.files import Identity, identity, pixel_size

How = Literal["content", "name", "other", "size", "several", "taken", "none"]
"""How a file was found, or why none was.

``content`` and ``name`` are found; by name only where the size of the picture fits and nothing was
noted of the content. ``other``: name and size fit, but the content is known to be another, so a
person has to say that it will do. ``size``: the file of that name holds a picture of another size.
``several`` fit equally well. ``taken``: the file is another image's already."""

Size = tuple[int, int]


class Lost(NamedTuple):
    """A file that is looked for.

    Attributes:
        images: ids of the images in it, one for each page that is listed.
        path: where it was, or where a file that changed is.
        page: the page of the first of them.
        size: (height, width) of that page as the project knows it; None where it does not.
        known: what was noted of the file; None where nothing was.
    """

    images: tuple[int, ...]
    path: Path
    page: int
    size: Size | None
    known: Identity | None


class Match(NamedTuple):
    """What was found for a file.

    Attributes:
        lost: what was looked for.
        how: see ``How``.
        path: the file, or the one that was refused; None for none.
        now: what that file is; None where it was not read.
    """

    lost: Lost
    how: How
    path: Path | None = None
    now: Identity | None = None

    @property
    def found(self) -> bool:
        """Whether the file can take the place."""
        return self.how in ("content", "name")


def match(
    lost: Sequence[Lost],
    folders: Iterable[Path],
    taken: Mapping[Path, int],
    *,
    others: bool = False,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> list[Match]:
    """Look for files in folders and all below them.

    Only files whose length or name fits are read, each once.

    Args:
        lost: what to look for.
        folders: where.
        taken: files of images that stay as they are, with their ids.
        others: a person said that ``other`` content will do: it is found by ``name``.
        watch: told (done, total) as it goes on; what it raises ends the search.
    """
    here = _Here(folders)
    search = _Search(here, taken)
    answer: dict[int, Match] = {}
    for at, each in enumerate(lost):  # of copies, each takes the one that is called like it
        watch(at // 2, len(lost))
        found = search.by_content(each, alike=True)
        if found is not None:
            answer[at] = found
    for at, each in enumerate(lost):
        watch((len(lost) + at) // 2, len(lost))
        if at not in answer:
            answer[at] = search.by_content(each) or search.by_name(each, others)
    return [answer[at] for at in range(len(lost))]


def plain(name: str) -> str:
    """A file name without regard to case and to how its letters are composed (NFC, NFD)."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class _Here:
    """The image files of some folders, by length and by name; read when first asked for."""

    def __init__(self, folders: Iterable[Path]) -> None:
        files = dict.fromkeys(each for folder in folders for each in images_in(folder.absolute()))
        self.by_name: dict[str, list[Path]] = {}
        self._by_length: dict[int, list[Path]] = {}
        self._by_content: dict[tuple[int, str], list[Path]] = {}
        self._read: dict[Path, Identity | None] = {}
        for path in files:
            self.by_name.setdefault(plain(path.name), []).append(path)
            try:
                length = path.stat().st_size
            except OSError:
                continue
            self._by_length.setdefault(length, []).append(path)

    def identity(self, path: Path) -> Identity | None:
        if path not in self._read:
            try:
                self._read[path] = identity(path)
            except OSError:
                self._read[path] = None
        return self._read[path]

    def equal(self, known: Identity) -> list[Path]:
        """The files of this content; all of its length are read at the first question."""
        for path in self._by_length.pop(known.bytes, ()):
            now = self.identity(path)
            if now is not None:
                self._by_content.setdefault((now.bytes, now.digest), []).append(path)
        return self._by_content.get((known.bytes, known.digest), [])


class _Search:
    """Gives each file that is looked for one that no other image has or gets."""

    def __init__(self, here: _Here, taken: Mapping[Path, int]) -> None:
        self._here, self._taken = here, taken
        self._given: set[Path] = set()

    def by_content(self, lost: Lost, *, alike: bool = False) -> Match | None:
        """A file of the content that was noted; ``alike``: only one that is called so too."""
        equal = [] if lost.known is None else self._here.equal(lost.known)
        free = [path for path in equal if self._is_free(path, lost)]
        if alike:
            free = [path for path in free if plain(path.name) == plain(lost.path.name)]
        if free:  # copies of one content: any of them is right, the nearest name is the best
            return self._give(lost, "content", _nearest(lost.path, free)[0])
        return Match(lost, "taken", _nearest(lost.path, equal)[0]) if equal and not alike else None

    def by_name(self, lost: Lost, others: bool) -> Match:
        """A file of that name whose picture has the size that is wanted."""
        named = self._here.by_name.get(plain(lost.path.name), [])
        if lost.known is not None:  # what is at its place has been found to be another
            named = [path for path in named if path != lost.path]
        if not named:
            return Match(lost, "none")
        best = _nearest(lost.path, named)
        fitting = [path for path in best if _fits(lost, path)]
        if not fitting:
            return Match(lost, "size", best[0])
        if len(fitting) > 1:
            return Match(lost, "several", fitting[0])
        if not (lost.known is None or others):
            return Match(lost, "other", fitting[0], self._here.identity(fitting[0]))
        if not self._is_free(fitting[0], lost):
            return Match(lost, "taken", fitting[0])
        return self._give(lost, "name", fitting[0])

    def _is_free(self, path: Path, lost: Lost) -> bool:
        owner = self._taken.get(path)
        return path not in self._given and (owner is None or owner in lost.images)

    def _give(self, lost: Lost, how: How, path: Path) -> Match:
        self._given.add(path)
        return Match(lost, how, path, self._here.identity(path))


def _fits(lost: Lost, path: Path) -> bool:
    size = pixel_size(path, lost.page)
    return size is not None and lost.size in (None, size)


def _nearest(path: PurePath, some: Sequence[Path]) -> list[Path]:
    """Those whose last folders and name agree furthest with where the file was."""

    def agrees(other: PurePath) -> int:
        pairs = zip(reversed(path.parts), reversed(other.parts), strict=False)
        count = 0
        for one, two in pairs:
            if plain(one) != plain(two):
                break
            count += 1
        return count

    most = max(map(agrees, some))
    return [each for each in some if agrees(each) == most]
