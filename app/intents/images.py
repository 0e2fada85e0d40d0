"""Going from image to image."""

from app.services import Services
from engine.document import edits
from engine.document.document import Status

NO_IMAGE = "Open an image first."


class ImageIntents:
    """Next, previous, done. The order is the filmstrip's, which the session keeps."""

    def __init__(self, services: Services) -> None:
        self._session, actions = services.session, services.actions
        actions.handle("image.next", lambda: self.step(1), self._none_open)
        actions.handle("image.previous", lambda: self.step(-1), self._none_open)
        actions.handle("image.done_next", self.done_next, self._cannot_edit)
        actions.handle("image.done", self.done, self._cannot_edit)
        actions.handle("image.reopen", self.reopen, self._cannot_edit)

    def step(self, by: int) -> None:
        """Open the image ``by`` places further in the queue; at the end it says so."""
        order = self._session.queue
        image = self._session.image
        if image is None or not order:
            return
        at = order.index(image.id) if image.id in order else -by
        target = at + by
        if 0 <= target < len(order):
            self._session.open_image(order[target])
        else:
            self._session.say("This is the last image." if by > 0 else "This is the first image.")

    def done(self) -> None:
        """Mark the open image done."""
        document = self._session.document
        if document is not None and document.status is not Status.DONE:
            project = self._session.project
            background = project is None or project.setting("done_means_background", True)
            self._session.do(edits.mark_done(document, background=background))

    def reopen(self) -> None:
        """Mark the open image not done."""
        document = self._session.document
        if document is not None and document.status is Status.DONE:
            self._session.do(edits.reopen(document))

    def done_next(self) -> None:
        """Mark the open image done and open the next unfinished one, wrapping once."""
        self.done()
        session, image = self._session, self._session.image
        order = session.queue
        at = order.index(image.id) if image is not None and image.id in order else -1
        for number in order[at + 1 :] + order[: max(at, 0)]:
            row = session.row(number)
            if row is not None and row.status is not Status.DONE:
                session.open_image(number)
                return
        session.say(
            f"All {len(session.images):,} images are done. Export them, or look at the worst in "
            "Inspect.",
            "ok",
        )

    def _none_open(self) -> str:
        return "" if self._session.image else NO_IMAGE

    def _cannot_edit(self) -> str:
        if self._session.image is None:
            return NO_IMAGE
        project = self._session.project
        return project.owner if project is not None and project.read_only else ""
