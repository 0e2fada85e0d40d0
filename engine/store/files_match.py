"""Finding files of a project again: by content first, then by name and size of the picture."""

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
    answer = []
    for at, each in enumerate(lost):
        watch(at, len(lost))
        found = _one(each, here)
        if others and found.how == "other":
            found = found._replace(how="name")
        answer.append(_checked(found, taken))
    return _alone(answer)


class _Here:
    """The image files of some folders, by length and by name; read when first asked for."""

    def __init__(self, folders: Iterable[Path]) -> None:
        files = dict.fromkeys(each for folder in folders for each in images_in(folder.absolute()))
        self.by_name: dict[str, list[Path]] = {}
        self.by_length: dict[int, list[Path]] = {}
        self._read: dict[Path, Identity | None] = {}
        for path in files:
            self.by_name.setdefault(path.name.casefold(), []).append(path)
            try:
                length = path.stat().st_size
            except OSError:
                continue
            self.by_length.setdefault(length, []).append(path)

    def identity(self, path: Path) -> Identity | None:
        if path not in self._read:
            try:
                self._read[path] = identity(path)
            except OSError:
                self._read[path] = None
        return self._read[path]


def _one(lost: Lost, here: _Here) -> Match:
    known = lost.known
    if known is not None:
        equal = [
            path
            for path in here.by_length.get(known.bytes, ())
            if (now := here.identity(path)) is not None and known.same(now)
        ]
        if equal:  # copies of one content: any of them is right, the nearest name is the best
            path = _nearest(lost.path, equal)[0]
            return Match(lost, "content", path, here.identity(path))
    named = [path for path in here.by_name.get(lost.path.name.casefold(), ()) if path != lost.path]
    if not named:
        return Match(lost, "none")
    best = _nearest(lost.path, named)
    fitting = [path for path in best if _fits(lost, path)]
    if not fitting:
        return Match(lost, "size", best[0])
    if len(fitting) > 1:
        return Match(lost, "several", fitting[0])
    how: How = "name" if known is None else "other"
    return Match(lost, how, fitting[0], here.identity(fitting[0]))


def _fits(lost: Lost, path: Path) -> bool:
    size = pixel_size(path, lost.page)
    return size is not None and lost.size in (None, size)


def _nearest(path: PurePath, some: Sequence[Path]) -> list[Path]:
    """Those whose last folders and name agree furthest with where the file was."""

    def agrees(other: PurePath) -> int:
        pairs = zip(reversed(path.parts), reversed(other.parts), strict=False)
        count = 0
        for one, two in pairs:
            if one.casefold() != two.casefold():
                break
            count += 1
        return count

    most = max(map(agrees, some))
    return [each for each in some if agrees(each) == most]


def _checked(found: Match, taken: Mapping[Path, int]) -> Match:
    """Refuse a file that another image has."""
    owner = taken.get(found.path) if found.found and found.path is not None else None
    if owner is not None and owner not in found.lost.images:
        return found._replace(how="taken")
    return found


def _alone(answer: list[Match]) -> list[Match]:
    """Where two lost files would become the same file, only the first does."""
    seen: set[Path | None] = set()
    for at, each in enumerate(answer):
        if each.found and each.path in seen:
            answer[at] = each._replace(how="taken")
        elif each.found:
            seen.add(each.path)
    return answer
