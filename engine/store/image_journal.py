"""The journal of one image, for its history."""

import sqlite3
from typing import TYPE_CHECKING

from engine.document.commands import Command
from engine.document.document import Document, State
from engine.document.history import Step
from engine.store import journal, origins

if TYPE_CHECKING:
    from engine.store.documents import Documents


class ImageJournal:
    """The journal of one image; see ``engine.document.history.Journal``."""

    def __init__(self, documents: "Documents", image_id: int) -> None:
        self._documents, self._image_id = documents, image_id

    def steps(self) -> tuple[list[Step], list[Step]]:
        """See Journal."""
        return self._documents.saved_steps(self._image_id)

    def command(self, step: Step) -> Command:
        """See Journal."""
        return self._documents.saved_command(self._image_id, step)

    def record(self, step: Step, document: Document, before: State) -> None:
        """See Journal."""
        command, image_id = step.command, self._image_id
        kept = Step(step.number, step.label, step.project_step)
        person, after = document.person or document.credit, document.state
        self._documents.must_write()
        if command is None:
            return

        def run(db: sqlite3.Connection) -> None:
            journal.append(db, image_id, kept, command, person)
            origins.note(db, image_id, before, after, share=bool(kept.project_step))

        self._documents.write(image_id, document, before, run)

    def move(self, head: int, document: Document, before: State) -> None:
        """See Journal."""
        image_id = self._image_id
        self._documents.must_write()
        self._documents.write(
            image_id, document, before, lambda db: journal.set_head(db, image_id, head)
        )

    def close(self) -> None:
        """See Journal."""
        self._documents.trim([self._image_id])
