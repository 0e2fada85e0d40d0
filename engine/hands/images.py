"""Which image of a copy is which image here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.document.project_history import Progress, finished
from engine.errors import EngineError
from engine.hands.bases import common_split, common_steps, copy_key
from engine.store import ImageRow, Project
from engine.store.journal import PROJECT
from engine.store.paths import stored

_PIECE: Final = 200  # images paired at once
_LOOKED_AT: Final = 500  # images whose journals may tell that projects are kin

IMAGES: Final = "hands.images/"
"""Setting: image numbers of a copy → here, of those that came in under another number."""


@dataclass(slots=True)
class Pairing:
    """The images of a copy beside those here.

    Attributes:
        pairs: (here, there), in the order of the list there.
        new: images that are only there: the row they would have here, and theirs.
    """

    pairs: list[tuple[ImageRow, ImageRow]] = field(default_factory=list)
    new: list[tuple[ImageRow, ImageRow]] = field(default_factory=list)


def kin(mine: Project, theirs: Project) -> None:
    """Pass if both are copies or parts of one project.

    Raises:
        EngineError: they are not, or it is the project itself.
    """
    if mine.path == theirs.path:
        raise EngineError(
            f"{mine.path.name} is this project itself. Choose a part or a copy of it."
        )
    if mine.project_id and mine.project_id == theirs.project_id:
        return
    with mine.comparing() as here, theirs.comparing() as there:
        # Copied before projects had an identity: the same first steps tell.
        numbers = [PROJECT, *theirs.images().ids()[:_LOOKED_AT]]
        if any(common_steps((here, number), (there, number)) for number in numbers):
            return
    raise EngineError(
        f"{theirs.path.name} is no part or copy of “{mine.name}”. Export it, and import that file."
    )


def pair(mine: Project, theirs: Project) -> Pairing:
    """Find the image here for each of theirs: by number where that is the same image, else by file.

    Copies that count on from one number give it to different images. One number is one image if
    it was handed out under it, or path, content, name or history of both are the same.
    """
    return finished(pairing(mine, theirs))


def pairing(mine: Project, theirs: Project) -> Progress[Pairing]:
    """As ``pair``, some images at a time."""
    found, used, same = Pairing(), set(mine.images().ids()), _Same(mine, theirs)
    own, taken = frozenset(used), set[int]()
    free = mine.highest_image  # not among those of other parts, which may still give theirs out
    for count, other in enumerate(theirs.images()):
        if count % _PIECE == _PIECE - 1:
            yield 0.0
        numbers = (number for number in same.numbers(other) if number in own)
        here = next((row for row in map(mine.image, numbers) if same.image(row, other)), None)
        if here is None:
            here = mine.find_image(other.path, other.page)
        if here is not None and here.id not in taken:
            taken.add(here.id)
            found.pairs.append((here, other))
            continue
        number = other.id
        while number in used:
            free = number = free + 1
        used.add(number)
        found.new.append((_row(other, number, mine), other))
    return found


class _Same:
    """Tells whether images of two copies are one."""

    def __init__(self, mine: Project, theirs: Project) -> None:
        self._mine, self._theirs = mine, theirs
        split = common_split(mine, theirs)
        with mine.comparing() as here, theirs.comparing() as there:
            self._given = here.handed_out(split) | there.handed_out(split) if split else set()
        said = mine.setting(IMAGES + copy_key(theirs))
        self._known = {int(a): int(b) for a, b in said.items()} if isinstance(said, dict) else {}

    def numbers(self, other: ImageRow) -> Iterator[int]:
        """Which numbers it may have here."""
        if other.id in self._known:
            yield self._known[other.id]
        yield other.id

    def image(self, here: ImageRow, other: ImageRow) -> bool:
        """Whether two rows are one image, whose file may have been moved or renamed."""
        if here.page != other.page:
            return False
        if here.path == other.path or (here.id == other.id and other.id in self._given):
            return True
        with self._mine.comparing(here.id) as kept, self._theirs.comparing(other.id) as others:
            one = kept.identities([here.id]).get(here.id)
            two = others.identities([other.id]).get(other.id)
            known = one is not None and two is not None
            if (one is not None and two is not None and one.same(two)) or (
                not known and _named_alike(here, other)
            ):
                return True
            return bool(common_steps((kept, here.id), (others, other.id)))


def _named_alike(here: ImageRow, other: ImageRow) -> bool:
    same_name = here.file_name.casefold() == other.file_name.casefold()
    same_file = here.path.name.casefold() == other.path.name.casefold()
    return same_name or same_file or (here.coco_id is not None and here.coco_id == other.coco_id)


def _row(other: ImageRow, number: int, mine: Project) -> ImageRow:
    """Their image as a row of this project, before anything of it is taken."""
    blank = ImageRow(number, stored(other.path, mine.path), mine.path, other.file_name, other.size)
    return blank._replace(
        order=other.order,
        fold=other.fold,
        coco_id=other.coco_id,
        orientation=other.orientation,
        extra_json=other.extra_json,
        page=other.page,
        tone_json=other.tone_json,
    )
