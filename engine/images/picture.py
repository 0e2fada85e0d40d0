"""Which image a network is asked about, and how its values are shown to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.images.convert import RGB
from engine.images.tone import Tone, tone_from


def page_name(name: str, page: int) -> str:
    """What a page is called where a file name is wanted: the third is ``stack.tif#3``.

    Args:
        name: of the file.
        page: from 0; the first page is called as the file is.
    """
    return f"{name}#{page + 1}" if page else name


def split_page(name: str) -> tuple[str, int]:
    """The file name and the page of what ``page_name`` answered."""
    file, mark, number = name.rpartition("#")
    if mark and file and number.isascii() and number.isdecimal() and int(number) > 1:
        return file, int(number) - 1
    return name, 0


class Picture(NamedTuple):
    """One page of a file, as its project shows it.

    Attributes:
        path: the file.
        page: which of its images, from 0.
        tone: the image's own, else the project's.
        own: the tone is the image's own: it holds whatever a model learned with.
    """

    path: Path
    page: int = 0
    tone: Tone = Tone()
    own: bool = False

    @property
    def name(self) -> str:
        """For messages."""
        return page_name(self.path.name, self.page)

    def shown(self, learned: Tone | None) -> Tone:
        """The tone a network is given it with.

        A network answers best what looks like what it learned from, so the tone it learned with
        comes before the project's of today; not before one that was set for this image, which
        says how this image has to be shown to look like the others.

        Args:
            learned: what the model learned with; None where that is not known.
        """
        return self.tone if self.own or learned is None else learned

    def read(self, learned: Tone | None = None) -> RGB:
        """The pixels a network is given; see ``shown`` and ``engine.images.source.read_rgb``.

        Raises:
            EngineError: it is no image that can be read.
        """
        from engine.images.source import read_rgb

        return read_rgb(self.path, self.page, self.shown(learned))

    def as_json(self) -> dict[str, Any]:
        """For questions to other processes."""
        return {
            "image": str(self.path),
            "page": self.page,
            "tone": self.tone.as_json(),
            "own": self.own,
        }


def picture_from(given: Mapping[str, Any]) -> Picture:
    """The picture of what ``Picture.as_json`` answered; only ``image`` has to be there.

    Raises:
        EngineError: the tone is none.
    """
    tone = tone_from(given.get("tone"))
    path, page = Path(str(given["image"])), int(given.get("page", 0))
    return Picture(path, page, tone, bool(given.get("own", False)))
