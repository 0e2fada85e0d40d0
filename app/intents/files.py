"""Opening, importing, exporting, closing."""

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.sample import make_sample
from app.services import Services
from app.session import Banner
from engine.errors import EngineError
from engine.images.header import IMAGE_SUFFIXES
from engine.jobs.job import ImportSpec
from engine.models.catalog import DEFAULT_MODEL
from engine.store import Project
from engine.store.paths import SUFFIX, project_for

NO_PROJECT = "Open a folder or a project first."


class FileIntents:
    """What "Open" means for a folder, a project, images and a COCO file."""

    def __init__(self, services: Services, window: QWidget) -> None:
        self._services, self._session, self._window = services, services.session, window
        handle = services.actions.handle
        handle("file.open_folder", self.ask_folder)
        handle("file.open", self.ask_file)
        handle("file.open_sample", self.open_sample)
        handle("file.move_project", self.ask_move, self._no_project)
        handle("file.save_now", self.save_now, self._no_project)
        handle("file.close", self.close, self._no_project)

    # -- asking ------------------------------------------------------------------------------

    def ask_folder(self) -> None:
        """Choose a folder of images."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Open a folder of images", self._last_folder()
        )
        if chosen:
            self.open_paths([Path(chosen)])

    def ask_file(self) -> None:
        """Choose a project, images or a COCO file."""
        kinds = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window,
            "Open",
            self._last_folder(),
            f"Projects, images, COCO files (*{SUFFIX} {kinds} *.json);;All files (*)",
        )
        if chosen:
            self.open_paths([Path(each) for each in chosen])

    def _last_folder(self) -> str:
        project = self._session.project
        return str(project.path.parent) if project else self._services.settings.value("folder", "")

    # -- opening -----------------------------------------------------------------------------

    def open_sample(self) -> None:
        """Open the sample project, making it the first time."""
        self.open_paths([make_sample()])

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what was named, dropped or chosen.

        Raises:
            EngineError: nothing there can be opened; what was open stays open.
        """
        paths = [Path(os.path.abspath(path)) for path in paths]
        for path in paths:
            if not path.exists():
                raise EngineError(f"{path} is not there. Look at the spelling, or choose a folder.")
        first = paths[0]
        if len(paths) == 1 and first.is_dir():
            self._open_folder(first)
        elif first.suffix.lower() == SUFFIX:
            self._show(first)
        elif first.suffix.lower() == ".json":
            self._open_coco(first)
        else:
            self._open_images(paths)
        self._services.settings.set("folder", str(first if first.is_dir() else first.parent))

    def open_dropped(self, paths: list[str]) -> None:
        """Open files that were dropped on the window, or say why not."""
        try:
            self.open_paths([Path(path) for path in paths])
        except EngineError as problem:
            self._session.say(str(problem), "error")

    def open_recent(self, path: str) -> None:
        """Open one of the recent projects, or say why not."""
        self.open_dropped([path])

    def _open_folder(self, folder: Path) -> None:
        images = images_in(folder)
        if not images and not project_for(folder).exists():
            raise EngineError(
                f"{folder} holds no images this program reads (PNG, JPEG, TIFF, WebP, BMP …). "
                "Choose another folder."
            )
        self._show(folder, images)

    def _open_images(self, paths: Sequence[Path]) -> None:
        images: list[Path] = []
        for path in paths:
            images += images_in(path) if path.is_dir() else [path]
        strange = [path.name for path in images if path.suffix.lower() not in IMAGE_SUFFIXES]
        if strange:
            raise EngineError(
                f"{strange[0]} is not an image this program reads. "
                "Choose PNG, JPEG, TIFF, WebP or BMP files, a folder, or a project."
            )
        self._show(images[0], images)

    def _open_coco(self, file: Path) -> None:
        fresh = not project_for(file).exists()
        self._show(file)
        project = self._session.project
        if fresh and project is not None:
            self._services.jobs.start(ImportSpec(project=str(project.path), source=str(file)))

    def _show(self, what: Path, images: Sequence[Path] = ()) -> None:
        """Open the project of a folder or file in place of the one that is open."""
        if self._session.project is not None and project_for(what) == self._session.project.path:
            self._leave()  # it is ours: its lock must be free before it can be opened again
        project = Project.open_or_create(what)
        if images and not project.read_only:
            project.add_images(images)
        self._leave()
        session = self._session
        session.set_project(project)
        self._services.settings.add_recent(project.path)
        if project.read_only:
            session.raise_banner(Banner("read-only", project.owner, "warning"))
        session.set_place("correct")
        if session.queue:
            last = project.setting("last_image")
            session.open_image(last if session.row(last or 0) else session.queue[0])
        self._use_model(project)

    def _use_model(self, project: Project) -> None:
        wanted = project.current_model or DEFAULT_MODEL
        try:
            self._services.inference.use(wanted)
        except EngineError as problem:
            self._session.raise_banner(Banner("model", str(problem), "warning"))
            if wanted != DEFAULT_MODEL:
                self._services.inference.use(DEFAULT_MODEL)

    # -- leaving -----------------------------------------------------------------------------

    def close(self) -> None:
        """Close the project and show the first page."""
        self._leave()
        self._session.set_project(None)
        self._session.set_place("start")

    def _leave(self) -> None:
        """Write what is not written and let go of the project that is open."""
        session, project = self._session, self._session.project
        if project is None:
            return
        if session.image is not None and not project.read_only:
            project.set_setting("last_image", session.image.id)
        session.close_image()
        session.set_project(None)
        project.close()

    def save_now(self) -> None:
        """Wait for the writer; everything is saved as it happens, this only makes sure."""
        project = self._session.project
        if project is not None:
            project.flush()
            self._session.say("All changes saved", "ok")

    def ask_move(self) -> None:
        """Move the project file and what belongs to it to another folder."""
        project = self._session.project
        if project is None:
            return
        chosen = QFileDialog.getExistingDirectory(self._window, "Move project to")
        if chosen:
            target = Path(chosen) / project.path.name
            self._session.close_image()
            moved = project.move_to(target)
            moved.close()
            self._session.set_project(None)
            self._show(moved.path)

    def _no_project(self) -> str:
        return "" if self._session.project else NO_PROJECT


def images_in(folder: Path) -> list[Path]:
    """Image files below a folder by name, subfolders included, hidden ones left out."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not name.endswith(".files")
        )
        found += [
            Path(place, name)
            for name in sorted(files)
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES
        ]
    return found
