"""Which image of a copy is which image here."""

from dataclasses import dataclass, field
from typing import Final

from engine.document.project_history import Progress, finished
from engine.errors import EngineError
from engine.hands.bases import common_steps
from engine.store import ImageRow, Project
from engine.store.journal import PROJECT
from engine.store.paths import stored

_PIECE: Final = 1_000  # images paired at once
_LOOKED_AT: Final = 500  # images whose journals may tell that projects are kin


@dataclass(slots=True)
class Pairing:
    """The images of a copy beside those here.

    Attributes:
        pairs: (here, there), in the order of the list there.
        new: images that are only there: the row they would have here, and theirs.
        notes: sentences about images that were told apart.
    """

    pairs: list[tuple[ImageRow, ImageRow]] = field(default_factory=list)
    new: list[tuple[ImageRow, ImageRow]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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
    """Find the image here for each of theirs: by number, else by file."""
    return finished(pairing(mine, theirs))


def pairing(mine: Project, theirs: Project) -> Progress[Pairing]:
    """As ``pair``, some images at a time."""
    found, used = Pairing(), set(mine.images().ids())
    own, taken = frozenset(used), set[int]()
    for count, other in enumerate(theirs.images()):
        if count % _PIECE == _PIECE - 1:
            yield 0.0
        here = mine.image(other.id) if other.id in own else None
        if here is None or not _alike(here, other):
            here = mine.find_image(other.path, other.page)
        if here is not None and here.id not in taken:
            taken.add(here.id)
            found.pairs.append((here, other))
            continue
        number = other.id
        if number in used:
            number = max(used) + 1
        used.add(number)
        found.new.append((_row(other, number, mine), other))
    return found


def _alike(here: ImageRow, other: ImageRow) -> bool:
    """Whether rows of one number are one image; its file may have been renamed."""
    same_name = here.file_name.casefold() == other.file_name.casefold()
    same_file = here.path.name.casefold() == other.path.name.casefold()
    return here.page == other.page and (same_name or same_file or here.coco_id == other.coco_id)


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
