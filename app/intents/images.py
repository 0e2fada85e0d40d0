"""Going from image to image."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from app.intents.reasons import NO_PROJECT, cannot_edit
from app.services import Services
from app.session import Session
from engine.document import edits
from engine.document.document import Status
from engine.errors import EngineError

ONLY_DONE = "The one image is done. Export it, or compare it with the model in Inspect."

if TYPE_CHECKING:
    from app.window import Window


def open_first(session: Session, numbers: Iterable[int]) -> bool:
    """Open the first of these images that can be read, and name those that cannot.

    Returns:
        Whether one was opened.
    """
    problems: list[str] = []
    opened = False
    for number in numbers:
        try:
            session.open_image(number)
        except EngineError as problem:
            problems.append(str(problem))
        else:
            opened = True
            break
    if len(problems) == 1:
        session.say(problems[0], "warning")
    elif problems:
        session.say(
            f"{len(problems):,} images could not be read and are skipped. The first: {problems[0]}",
            "warning",
        )
    return opened


class ImageIntents:
    """Next, previous, done. The order is the filmstrip's, which the session keeps."""

    def __init__(self, services: Services, window: Window) -> None:
        self._session, self._window, actions = services.session, window, services.actions
        actions.handle("image.next", lambda: self.step(1), self._no_images)
        actions.handle("image.previous", lambda: self.step(-1), self._no_images)
        cannot = partial(cannot_edit, services.session)
        actions.handle("image.done_next", self.done_next, cannot)
        actions.handle("image.done", self.done, cannot)
        actions.handle("image.reopen", self.reopen, cannot)

    def step(self, by: int) -> None:
        """Open the next image of the queue (-1: the one before) that can be read."""
        if self._window.step_queue(by):
            return
        order, at = self._session.queue, self._session.queue_place()
        if at is None:
            rest = order if by > 0 else order[::-1]
        else:
            rest = order[at + 1 :] if by > 0 else order[:at][::-1]
        if not rest:
            self._session.say("This is the last image." if by > 0 else "This is the first image.")
        else:
            open_first(self._session, rest)

    def done(self) -> None:
        """Mark the open image done."""
        if self._is_done():
            self._session.say("This image is marked done already.")
        else:
            self._mark_done()

    def _is_done(self) -> bool:
        document = self._session.document
        return document is not None and document.status is Status.DONE

    def _mark_done(self) -> bool:
        """Mark the open image done; False where that was refused, which was said."""
        document, project = self._session.document, self._session.project
        if document is None:
            return False
        background = project is None or project.setting("done_means_background", True)
        return self._session.do(edits.mark_done(document, background=background))

    def reopen(self) -> None:
        """Mark the open image not done."""
        document = self._session.document
        if document is not None and document.status is Status.DONE:
            self._session.do(edits.reopen(document))
        else:
            self._session.say("This image is not marked done.")

    def done_next(self) -> None:
        """Mark the open image done and open the next unfinished one, wrapping once."""
        if not (self._is_done() or self._mark_done()):
            return  # what was not marked is not left as if it were
        order, at = self._session.queue, self._session.queue_place()
        after = order if at is None else order[at + 1 :] + order[:at]
        unfinished = [number for number in after if self._is_unfinished(number)]
        if unfinished:
            open_first(self._session, unfinished)
        else:
            self._say_none_left()

    def _is_unfinished(self, number: int) -> bool:
        row = self._session.row(number)
        return row is not None and row.status is not Status.DONE

    def _say_none_left(self) -> None:
        session = self._session
        total = len(session.images)
        left = total - session.status_counts()[Status.DONE]
        if left:
            session.say(
                f"No unfinished image is left in this list; {left:,} of {total:,} elsewhere. "
                "The filmstrip's menu shows all images."
            )
        else:
            done = f"All {total:,} images are done. Export them, or look at the worst in Inspect."
            session.say(done if total > 1 else ONLY_DONE, "ok")

    def _no_images(self) -> str:
        if self._session.project is None:
            return NO_PROJECT
        return "" if self._session.queue else "There is no image in this list."
