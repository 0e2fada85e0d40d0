"""Taking a part or a copy back: three-way, image by image, as steps that undo takes back.

Nothing is lost: what only one side did is taken, what both did at different places too, and what
disagrees stays as it is here and is kept as a conflict until somebody picks a side. What the copy
held is kept as the base of the next merge, so merging it again does nothing, and neither does
merging what it was before.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from engine.document.project_history import Progress
from engine.hands.bases import merged_into, past_classes
from engine.hands.classes import merge_classes
from engine.hands.images import IMAGES, Pairing, kin, pairing
from engine.hands.merge_image import ImageMerge, Prefer
from engine.hands.report import Merged
from engine.store import ImageRow, Project
from engine.store.packed import Unpacker

CLASSES: Final = "hands.classes/"
"""Setting: class numbers of a copy → here."""

_WAIT_EVERY: Final = 64  # images between two looks at the disk, which bound what waits in memory


def merging(
    mine: Project,
    path: Path,
    prefer: Prefer = "",
    again: bool = False,
    wait: Callable[[], None] = lambda: None,
) -> Progress[Merged]:
    """Merge a part or copy into a project, an image at a time.

    Args:
        mine: open for writing; nothing else may be changed between two images.
        path: the part or copy.
        prefer: the side that conflicts are decided for; "" keeps them to be decided.
        again: forget that it was merged before.
        wait: called in a loop while much waits for the disk; a window, which must not wait, goes
            on drawing meanwhile.

    Raises:
        EngineError: it is no copy of this project, cannot be read, or has classes that a locked
            list has not. What was merged before the trouble stays.
    """
    theirs = Project.open(path, read_only=True)
    with closing(theirs), closing(Unpacker()) as unpacker:
        kin(mine, theirs)
        yield 0.0
        work = ImageMerge(mine, theirs, unpacker, prefer, again)
        _classes(work)
        yield 0.0
        found = yield from pairing(mine, theirs)
        total = len(found.pairs) + len(found.new)
        for count, (here, there) in enumerate(found.pairs, 1):
            for _ in work.run(here, there):
                yield (count - 1) / total
            yield count / total
            while count % _WAIT_EVERY == 0 and not mine.saved:
                wait()
                yield count / total
        for here, there in _adopted(work, found):
            yield from work.run(here, there, came_in=True)
        work.done.end(work.refused)
        return work.done


def merged(
    mine: Project,
    path: Path,
    prefer: Prefer = "",
    again: bool = False,
    tell: Callable[[float], None] = lambda share: None,
) -> Merged:
    """As ``merging``, all at once; ``tell`` is called with the part that is done, 0..1."""
    work = merging(mine, path, prefer, again, mine.flush)
    while True:
        try:
            tell(next(work))
        except StopIteration as end:
            result: Merged = end.value
            mine.flush()
            return result


def _classes(work: ImageMerge) -> None:
    """Bring the class lists together."""
    mine, theirs, done, key = work.mine, work.theirs, work.done, CLASSES + work.bases.key
    known = {int(a): int(b) for a, b in (mine.setting(key) or {}).items()}
    base, into = past_classes(mine, theirs), merged_into(mine)
    found = merge_classes(base, mine.taxonomy, theirs.taxonomy, known, done.name, into)
    command = found.command(done.name)
    if command is not None:
        mine.project_history.do(command)
    work.mapping = found.mapping
    # What was merged here is looked up each time, for that can be undone.
    own = {a: known.get(a, a) for a in found.mapping}
    kept = {a: own[a] if own[a] in into else b for a, b in found.mapping.items()}
    mine.set_setting(key, {str(a): b for a, b in kept.items() if a != b} or None)
    done.notes += found.notes


def _adopted(work: ImageMerge, found: Pairing) -> Iterator[tuple[ImageRow, ImageRow]]:
    """Add the images that are only there and were worked on, or are new."""
    mine, wanted = work.mine, []
    for row, other in found.new:
        with mine.comparing(row.id) as here, work.theirs.comparing() as there:
            content = there.packed(other.id)
            parting = work.bases.find((here, row.id), (there, other.id), content)
        if parting is None or parting.content != content:
            wanted.append((row, other))
            if parting is not None:
                work.done.back.append(row.file_name)
    mine.adopt_images([row for row, _ in wanted])
    work.done.new_images = len(wanted)
    moved = {str(other.id): row.id for row, other in wanted if row.id != other.id}
    if moved:
        key = IMAGES + work.bases.key
        mine.set_setting(key, {**(mine.setting(key) or {}), **moved})
    yield from wanted
