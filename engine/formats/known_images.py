"""The project's images, as a file of annotations may name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from engine.formats.name_index import NameIndex

Size = tuple[int, int]


class KnownImage(NamedTuple):
    """An image of the project.

    Attributes:
        path: Where its file is.
        page: Which image of the file.
        size: (height, width), oriented; None where nobody looked yet.
        number: Its id, 0 where that is not known.
    """

    path: Path
    page: int = 0
    size: Size | None = None
    number: int = 0


class Named(NamedTuple):
    """Which image of the project a name means.

    Attributes:
        image: None for none, or where that cannot be told.
        agrees: How many parts of the name agree, counted from its end.
        several: Several images are called so and fit equally well.
    """

    image: KnownImage | None = None
    agrees: int = 0
    several: tuple[KnownImage, ...] = ()


class KnownImages(Mapping[str, Path]):
    """Name in files → where the image is; `find` also knows names that differ a little."""

    def __init__(
        self, names: Mapping[str, KnownImage], more: Iterable[tuple[str, KnownImage]] = ()
    ) -> None:
        """Hold the images.

        Args:
            names: By the names an export of the whole project would give them.
            more: Other names and paths of the same images.
        """
        self._names = names
        self._more = list(more)

    @classmethod
    def of(cls, known: Mapping[str, Path]) -> KnownImages:
        """The same, from plain paths."""
        if isinstance(known, KnownImages):
            return known
        return cls({name: KnownImage(path) for name, path in known.items()})

    def __getitem__(self, name: str) -> Path:
        return self._names[name].path

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def images(self) -> Iterable[KnownImage]:
        """All of them."""
        return self._names.values()

    @cached_property
    def _index(self) -> NameIndex[KnownImage]:
        return NameIndex([*self._names.items(), *self._more])

    def exact(self, name: str) -> KnownImage | None:
        """The image that an export of the project calls so."""
        return self._names.get(name)

    def find(self, name: str, size: Size | None = None) -> Named:
        """The image that a file calls ``name``.

        Args:
            name: "/" between folders.
            size: (height, width) the file says it has; images that are known to have another are
                none of these, unless an export would use that very name.
        """
        exact = self._names.get(name)
        if exact is not None:
            return Named(exact, name.count("/") + 1)
        hits = self._index.named(name)
        return _told(hits.values, hits.agrees, size)

    def of_stem(self, stem: str, size: Size | None = None) -> Named:
        """The image whose name without its ending is ``stem``; see `find`."""
        hits = self._index.of_stem(stem)
        return _told(hits.values, hits.agrees, size)


def _told(images: tuple[KnownImage, ...], agrees: int, size: Size | None) -> Named:
    fitting = tuple(each for each in images if fits(each.size, size))
    if len(fitting) == 1:
        return Named(fitting[0], agrees)
    return Named(None, agrees if fitting else 0, fitting)


def fits(one: Size | None, other: Size | None) -> bool:
    """Whether two sizes may be of one picture, one of them perhaps as stored and not as seen."""
    return None in (one, other) or one == other or one == (other or ())[::-1]
