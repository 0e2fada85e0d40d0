"""What is open and chosen: the only mutable state of the window.

Panels read it, listen to its signals and ask for changes through actions; they never talk to each
other. The session itself knows no widget. Data flows one way: intent → command → document →
``document_changed`` → views.
"""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.bridge import Relay
from app.choices import Choices
from app.file_states import FileStates
from app.limit_state import LimitState
from app.listing import Listing
from app.paging import Paging
from app.slices import Slices
from app.state import Banner, Level, ModelState, Place, ProposalFilter, ViewOptions
from app.toning import Toning
from engine.document.annotation import Annotation
from engine.document.commands import Command
from engine.document.document import Changed, Document, Status
from engine.document.history import History
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.errors import EngineError
from engine.store import ImageRow, ImageRows, Project

__all__ = ["Banner", "Level", "ModelState", "Place", "ProposalFilter", "Session", "ViewOptions"]


class Session(Choices):
    """See the module. All attributes are read-only for views; the setters here emit."""

    project_changed = Signal()  # another project is open, or none
    images_changed = Signal(object)  # set[int] of image ids whose row changed; None: the list
    leaving = Signal()  # the open image is about to close; what is under way can be finished
    image_changed = Signal()  # another image is open, or none
    document_changed = Signal(object)  # Changed
    history_changed = Signal()  # what undo and redo would do
    taxonomy_changed = Signal()
    queue_changed = Signal()  # the filmstrip's order
    among_asked = Signal(object, str)  # ids that alone are to be listed, what they are
    saved_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.images: ImageRows = ImageRows.of(())
        self.image: ImageRow | None = None
        self.document: Document | None = None
        self.history: History | None = None
        self.save_problem = ""
        self._queue: list[int] | None = None
        self.limits = LimitState(self)
        self.paging = Paging(self)  # pages of the open file
        self.files = FileStates(self)  # whether the files of images are what they were
        self.toning = Toning(self)  # how the values of the open image are shown
        self.listing = Listing(self)  # which objects are listed, and in which order
        self.slices = Slices(self)  # a change of the class list that goes on
        self.slices.told.connect(self.say)
        self.slices.refused.connect(lambda problem: self.say(problem, "warning"))
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_saved)

    # -- project -----------------------------------------------------------------------------

    @property
    def taxonomy(self) -> Taxonomy:
        """The classes of the open project; empty when none is open."""
        return self.project.taxonomy if self.project else Taxonomy()

    @property
    def read_only(self) -> bool:
        """True when nothing may be changed, because another program owns the project."""
        return self.project is None or self.project.read_only

    def set_project(self, project: Project | None) -> None:
        """Take up an opened project, or close; the caller has closed the one before."""
        self.close_image()
        self.project = project
        self.images = project.images() if project else ImageRows.of(())
        self.selection, self.current_class, self.save_problem = frozenset(), None, ""
        self.only_class = None
        self.banners, self._queue = [], None
        if project:
            project.on_saved.append(lambda: self._relay.send(""))
            project.on_failed.append(lambda problem: self._relay.send(str(problem)))
            classes = project.taxonomy.classes
            self.current_class = classes[0].id if classes else None
        self.project_changed.emit()
        self.images_changed.emit(None)
        self.taxonomy_changed.emit()
        self.class_changed.emit()
        self.banners_changed.emit()
        self.saved_changed.emit()

    def refresh_images(self, ids: Iterable[int] | None = None) -> None:
        """Read image rows again after the project changed them; None reads the whole list."""
        if self.project is None:
            return
        if ids is None:
            self.images = self.project.images()
            self.images_changed.emit(None)
        else:  # the list reads rows from the project, so they are new already
            self.images_changed.emit(
                {number for number in ids if self.position(number) is not None}
            )
        if self.image is not None:
            self.image = self.row(self.image.id) or self.image

    def row(self, image_id: int) -> ImageRow | None:
        """The row of an image in the list; None when it is not there."""
        position = self.images.index_of(image_id)
        return None if position is None else self.images[position]

    def position(self, image_id: int) -> int | None:
        """Index of an image in ``images``."""
        return self.images.index_of(image_id)

    @property
    def queue(self) -> list[int]:
        """Image ids in the order of the filmstrip, which "next" follows."""
        return self.images.ids() if self._queue is None else self._queue

    def queue_place(self) -> int | None:
        """Where the open image stands in ``queue``; None where that leaves it out."""
        order = self.queue
        return order.index(self.image.id) if self.image and self.image.id in order else None

    def set_queue(self, order: list[int] | None) -> None:
        """Put the images into another order (or show fewer); None is the project's own order."""
        if order != self._queue:
            self._queue = order
            self.queue_changed.emit()

    def show_among(self, ids: Iterable[int], words: str) -> None:
        """List only these images, "changed since …", until the person shows others again."""
        self.among_asked.emit(frozenset(ids), words)

    # -- image -------------------------------------------------------------------------------

    def open_image(self, image_id: int) -> None:
        """Show another image of the project.

        Raises:
            EngineError: the image is not in the project, or its annotations cannot be read; the
                image that was open stays open.
        """
        if self.project is None:
            raise EngineError("Open a folder or a project first.")
        if self.image is not None and self.image.id == image_id:
            return
        row, document = self.project.image(image_id), self.project.load(image_id)
        history = self.project.history(document)
        if self.image is not None:
            self.leaving.emit()
        self.close_image(silent=True)
        self.image, self.document, self.history = row, document, history
        document.subscribers.append(self._on_document)
        history.subscribers.append(self.history_changed.emit)
        self.image_changed.emit()
        self.selection_changed.emit()
        self.history_changed.emit()

    def reload(self, image_ids: Iterable[int]) -> None:
        """Read the open image again if a job changed it behind the document's back."""
        if self.image is not None and self.image.id in set(image_ids):
            number = self.image.id
            self.close_image(silent=True)
            self.open_image(number)

    def close_image(self, silent: bool = False) -> None:
        """Show no image."""
        had = self.image is not None
        if had and not silent:
            self.leaving.emit()
        if self.history is not None:
            self.history.close()
        self.image = self.document = self.history = self.confidence = None
        self.selection, self.hovered, self.force_new = frozenset(), None, False
        if had and not silent:
            self.image_changed.emit()
            self.selection_changed.emit()
            self.history_changed.emit()

    def do(self, command: Command | None) -> bool:
        """Apply a command to the open image as one undo step; the only road to the document.

        Returns:
            False when there was nothing to do or it was refused; the refusal has been said.
        """
        if command is None or self.history is None:
            return False
        if self.read_only:
            self.say(self.project.owner if self.project else "", "warning")
            return False
        if self.slices.words:
            self.say(self.slices.words, "warning")
            return False
        try:
            self.history.do(command)
        except EngineError as problem:
            self.say(str(problem), "warning")
            return False
        self.saved_changed.emit()
        return True

    def do_project(self, command: Any, then: Any = None) -> bool:
        """Apply a command on the class list; likewise.

        One that concerns very many images goes on after this returns; ``then`` is called when it
        is over, and until then nothing else can be changed.
        """
        if command is None or self.project is None:
            return False
        if self.read_only:
            self.say(self.project.owner, "warning")
            return False
        work = self.project.project_history.doing(command)
        return self.slices.change(self, work, command.label, then)

    def touch_taxonomy(self) -> None:
        """Say that the class list changed, and keep the classes that are chosen ones that exist."""
        live = [each.id for each in self.taxonomy.classes]
        if self.current_class not in live:
            self.set_class(live[0] if live else None)
        if self.only_class not in live:
            self.set_only_class(None)
        self.taxonomy_changed.emit()
        self.history_changed.emit()

    def _on_document(self, change: Changed) -> None:
        if self.document is None or self.image is None:
            return
        alive = self.document.annotations.keys() | self.document.proposals.keys()
        if not self.selection <= alive:
            self.set_selection(self.selection & alive)
        self.document_changed.emit(change)
        if change.what - {"pixels", "layer", "attributes"}:
            self.refresh_images([self.image.id])

    # -- choices -----------------------------------------------------------------------------

    def label_class(self, class_id: int | None) -> LabelClass | None:
        """The class of this id, or None."""
        return None if class_id is None else self.taxonomy.get(class_id)

    def selected(self) -> list[Annotation]:
        """The chosen objects, in no particular order."""
        if self.document is None:
            return []
        both = {**self.document.annotations, **self.document.proposals}
        return [both[number] for number in self.selection if number in both]

    def visible_proposals(self) -> list[Annotation]:
        """Proposals that pass the filter and whose class shows, lowest first in z-order."""
        if self.document is None:
            return []
        every, draws = self.document.proposals.values(), self.listing.draws
        shown = (each for each in every if self.filter.shows(each) and self.shows_class(each))
        return [each for each in shown if draws(each)]

    def shows_class(self, annotation: Annotation) -> bool:
        """Whether objects of its class are drawn now."""
        found = self.taxonomy.get(annotation.class_id)
        alone = self.only_class in (None, annotation.class_id)
        return alone and (found is None or found.visible)

    def in_sight(self) -> list[Annotation]:
        """Objects and proposals that are drawn now, proposals first; what "all" means."""
        if self.document is None:
            return []
        draws = self.listing.draws
        objects = (each for each in self.document.ordered() if self.shows_class(each))
        drawn = (each for each in objects if draws(each))
        return [each for each in (*self.visible_proposals(), *drawn) if not each.hidden]

    # -- messages ----------------------------------------------------------------------------

    def status_counts(self) -> dict[Status, int]:
        """How many images are new, proposed, corrected and done."""
        return self.images.counts()

    def _on_saved(self, problem: str) -> None:
        if problem != self.save_problem and problem:
            self.raise_banner(Banner("save", problem, "error"))
        elif not problem:
            self.drop_banner("save")
        self.save_problem = problem
        self.saved_changed.emit()
