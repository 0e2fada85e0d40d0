"""What an import would do, before it is done: which images of a file go where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.document.taxonomy import Taxonomy
from engine.formats.report import Remark
from engine.jobs.import_files import images_of, landing_of, reading_of
from engine.jobs.job import ImportSpec
from engine.jobs.landing import Counts
from engine.jobs.snapshot import places
from engine.store import ImageRow
from engine.store.files import Identity


class Looked(NamedTuple):
    """What was found.

    Attributes:
        counts: How many images go where.
        left_out: Entries and files that cannot be used.
        remarks: What there is to say of single images.
    """

    counts: Counts
    left_out: int = 0
    remarks: tuple[Remark, ...] = ()

    @property
    def words(self) -> str:
        """In two sentences at most."""
        images = self.counts.images
        said = f"{images:,} image{'s' * (images != 1)}: {self.counts.words()}" if images else ""
        left = self.left_out
        more = f"{left:,} cannot be used." if left else ""
        return " ".join(filter(None, (said, more))) or "There is no image in it."


def look(
    spec: ImportSpec,
    rows: Sequence[ImageRow],
    taxonomy: Taxonomy,
    noted: Mapping[int, Identity],
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Looked:
    """Read names and sizes, no masks, and change nothing; on any thread.

    Args:
        spec: The import.
        rows: The project's images.
        taxonomy: Its classes.
        noted: What was noted of their files.
        watch: Told (done, total) as it goes on; what it raises ends the look.

    Raises:
        EngineError: The source cannot be read.
    """
    known = places(rows)
    _, reading = reading_of(spec, rows, taxonomy, known, names_only=True)
    landing = landing_of(spec, known, noted, reading.report)
    for done, found in enumerate(images_of(reading)):
        watch(done, reading.count)
        landing.place(found)
    counts, _ = landing.settle()
    return Looked(counts, reading.report.left_out, tuple(reading.report.remarks()))
