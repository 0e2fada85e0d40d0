"""A project: one file, its images, what they hold, and everything kept with them."""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from engine.document.annotation import Annotation
from engine.document.document import Document, Status
from engine.document.history import History
from engine.document.project_history import ProjectHistory
from engine.document.taxonomy import LabelClass, Taxonomy
from engine.document.taxonomy_commands import VIEW, add_classes
from engine.errors import EngineError
from engine.images.folder import Listing
from engine.images.picture import Picture
from engine.masks.class_map import ClassMap
from engine.store import classes, journal, paths, transfer
from engine.store.classes import Classes
from engine.store.connection import DamagedError
from engine.store.documents import Documents
from engine.store.hands import Hands
from engine.store.held import Held
from engine.store.image_table import ImageRows
from engine.store.images import Images
from engine.store.many import Note
from engine.store.project_figures import ProjectFigures
from engine.store.project_host import ProjectHost
from engine.store.project_many import ProjectMany
from engine.store.project_settings import ProjectSettings
from engine.store.rows import ImageRow, JobRow
from engine.store.store import Store

__all__ = ["ClassUse", "ImageRow", "JobRow", "Project"]


class ClassUse(NamedTuple):
    """What a class has in a project: images that hold it, and accepted objects of it."""

    images: int
    objects: int


class Project(Hands, ProjectMany, ProjectFigures, ProjectSettings):
    """An open project. Made by ``create``, ``open`` and ``open_or_create``.

    Everything is asked for and changed on one thread; ``on_saved`` and ``on_failed`` are called
    on the writer's. Nothing waits for the disk but ``flush`` and ``close``.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._images = Images(store)
        self._documents = Documents(store, self._images, self._settings)
        self._classes = Classes(store)
        self._history: ProjectHistory | None = None

    # -- opening and closing -----------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, name: str | None = None) -> "Project":
        """Make a project file.

        Raises:
            EngineError: it is already there, or cannot be made there.
        """
        project = cls(Store(path, create=True))
        if project.read_only:
            problem = EngineError(project.owner)
            project.close()
            raise problem
        if name:
            project.set_setting("name", name)
        project.flush()
        return project

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> "Project":
        """Open a project; for reading only where another program owns it, see ``owner``.

        Raises:
            EngineError: it is not there, is no project, is damaged, or needs a newer Maskwright;
                the file was left as it is.
        """
        project = cls(Store(path, read_only=read_only))
        try:
            project.setting("name")  # reads them all: whoever asks for one later cannot refuse it
        except EngineError:
            project.close(discard=True)
            raise
        return project

    @classmethod
    def open_or_create(cls, path: Path) -> "Project":
        """Open the project of a folder or file (see ``project_for``), or begin it.

        Where it cannot be made beside the images, it is made in the user's data folder.

        Raises:
            EngineError: neither is possible.
        """
        place = paths.project_for(path)
        if os.path.exists(place):
            return cls.open(place)
        try:
            return cls.create(place)
        except DamagedError:  # there was one, and something of it is left
            raise
        except EngineError:
            own = paths.own_project(path)
            if own == place:
                raise
            return cls.open(own) if os.path.exists(own) else cls.create(own)

    @staticmethod
    def project_for(path: Path) -> Path:
        """The project file that opening a project, folder or file uses."""
        return paths.project_for(path)

    def close(self, *, discard: bool = False) -> None:
        """Write what waits and close; ``discard`` closes even if something cannot be written.

        Raises:
            EngineError: something could not be written; the project stays open.
        """
        if not self.read_only and not self._store.closed:
            self._documents.trim([journal.PROJECT, *self._documents.open_ids()])
            self._store.submit(classes.purge)
        self._store.close(discard=discard)

    def copy_to(self, path: Path) -> "Project":
        """Write everything, what waits included, to a new file and open that; this one closes.

        Image paths are kept pointing at the same files; the files folder is copied too.

        Raises:
            EngineError: it could not be written there; this project stays open.
        """
        return Project.open(transfer.copy(self._store, path))

    def move_to(self, path: Path) -> "Project":
        """As ``copy_to``; the old file and its files folder are removed."""
        old = self.path
        new = self.copy_to(path)
        transfer.remove(old)
        return new

    @property
    def name(self) -> str:
        """What to call the project."""
        return str(self.setting("name") or self._store.name)

    def refresh(self) -> None:
        """Read again what another program wrote; for a project that is only read."""
        for part in (self._images, self._classes, self._settings, self._jobs):
            part.forget()

    # -- images ------------------------------------------------------------------------------

    def images(self) -> ImageRows:
        """All images, in the order of the list; rows are made when they are asked for."""
        return self._images.rows()

    def image(self, image_id: int) -> ImageRow:
        """One image.

        Raises:
            EngineError: there is no such image.
        """
        return self._images.get(image_id)

    def find_image(self, path: Path, page: int = 0) -> ImageRow | None:
        """The image of that file (of that page of it), if it is in the project."""
        return self._images.find(path, page)

    def add_pages(self, image_id: int, pages: Sequence[int]) -> list[ImageRow]:
        """Add other pages of the file of an image; answers with the row of each given page.

        They stand beside it in the list and are called ``stack.tif#3`` for the third. Whether the
        file has them is not looked at.

        Raises:
            EngineError: there is no such image, or the project can only be read.
        """
        self._store.must_write()
        return self._images.add_pages(image_id, pages)

    def add_images(
        self,
        files: Iterable[Path],
        sizes: Sequence[tuple[int, int] | None] | None = None,
        fields: Sequence[dict[str, Any]] | None = None,
    ) -> list[ImageRow]:
        """Add image files; those already there are answered as they are.

        Args:
            files: paths; the files are not opened.
            sizes: (height, width) oriented of each where known; else read at first use.
            fields: further columns of each row: file_name, coco_id, orientation, extra, fold.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.must_write()
        return self._images.add(list(files), sizes, fields)

    def add_folder(self, listing: Listing) -> int:
        """Add the images of a listed folder that are not there yet; how many there were.

        Raises:
            EngineError: the project can only be read.
        """
        self._store.must_write()
        return self._images.add_listed(listing.folder, listing.names)

    def set_image(self, image_id: int, **fields: Any) -> ImageRow:
        """Change columns of an image.

        Args:
            image_id: which.
            fields: path, file_name, size, order, fold, coco_id, orientation, extra, or tone (an
                ``engine.images.tone.Tone``; None for the project's).

        Raises:
            EngineError: there is no such image, or the project can only be read.
        """
        self._store.must_write()
        return self._images.set(image_id, **fields)

    def remove_images(self, ids: Collection[int]) -> None:
        """Take images, and their annotations and history, out of the project; files stay.

        Raises:
            EngineError: there is no such image, or the project can only be read.
        """
        self._store.must_write()
        self._images.remove(ids)

    # -- what images hold --------------------------------------------------------------------

    def load(self, image_id: int) -> Document:
        """The document of an image; the same one for as long as someone holds it.

        Raises:
            EngineError: there is no such image, its size cannot be read, or it is damaged.
        """
        return self._documents.load(image_id)

    def history(self, document: Document) -> History:
        """The history of a document that ``load`` gave, earlier sessions included."""
        return self._documents.history(document)

    def picture(self, image_id: int) -> Picture:
        """An image as networks are given it.

        Raises:
            EngineError: there is no such image.
        """
        return self.image(image_id).picture(self.tone)

    def held(self) -> Held:
        """What of the project's annotations and undo is in memory."""
        return self._documents.held()

    def new_ids(self, count: int) -> range:
        """Annotation ids that were never given out in this project."""
        return self._documents.new_ids(count)

    def set_proposals(self, image_id: int, proposals: Iterable[Annotation]) -> list[Annotation]:
        """Replace the proposals of an image, open or not; answer with those that say news.

        Raises:
            EngineError: there is no such image, or the project can only be read.
        """
        return self._documents.set_proposals(image_id, proposals)

    def add_annotations(
        self,
        image_id: int,
        annotations: Sequence[Annotation] = (),
        layer: ClassMap | None = None,
        status: Status | None = None,
    ) -> None:
        """Take in what an import brought, outside the history.

        Raises:
            EngineError: something leaves the image, an id is taken, a class map would replace one
                that has a history, or the project can only be read.
        """
        self._documents.take_in(image_id, annotations, layer, status)

    def annotations(self, image_id: int) -> list[Annotation]:
        """Accepted objects of an image, bottom to top."""
        return self.load(image_id).ordered()

    def iter_documents(
        self, ids: Iterable[int] | None = None, note: Note | None = None
    ) -> Iterator[Document]:
        """Documents one after another from one snapshot of the file; none is kept in memory.

        ``note`` is called with each image, its stamp and its digests: ``engine.store.contents``.
        """
        wanted = [row.id for row in self.images()] if ids is None else list(ids)
        return self._documents.iterate(wanted, note)

    # -- classes -----------------------------------------------------------------------------

    @property
    def taxonomy(self) -> Taxonomy:
        """The classes as they are now."""
        return self._classes.taxonomy

    @property
    def project_history(self) -> ProjectHistory:
        """Changes of the class list, with undo; see ``engine.document.taxonomy_commands``."""
        if self._history is None:
            host = ProjectHost(self._store, self._images, self._documents, self._classes)
            self._history = ProjectHistory(host)
        return self._history

    def add_classes(self, new: Sequence[LabelClass]) -> None:
        """Add classes made by ``Taxonomy.new_class``, as one step of the project's history.

        Raises:
            EngineError: a name is taken, or the project can only be read.
        """
        self.project_history.do(add_classes(self.taxonomy, new))

    def put_classes(self, changed: Iterable[LabelClass]) -> None:
        """Add or change classes as they are given; no step of the history, for imports.

        Raises:
            EngineError: the project can only be read.
        """
        self._classes.put(changed)

    def set_class_view(self, class_id: int, **fields: Any) -> None:
        """Set visible, locked, contour_only or opacity of a class; no step of the history.

        Raises:
            EngineError: the project can only be read.
        """
        if fields.keys() - VIEW:
            raise TypeError(f"not how a class is shown: {', '.join(sorted(fields.keys() - VIEW))}")
        self._classes.put([replace(self.taxonomy[class_id], **fields)])

    def class_use(self, class_id: int) -> ClassUse:
        """How much a change of the class would concern."""
        self.flush()
        with self._store.reading() as db:
            held = classes.images_with(db, class_id)
            return ClassUse(len(held), classes.object_count(db, class_id))
