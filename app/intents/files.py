"""Opening, importing, exporting, closing."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.intents.images import open_first
from app.intents.leaving import Leaving
from app.intents.opening import Opened, Opening, Wish
from app.intents.reasons import cannot_write, no_project
from app.sample import make_sample, sample_folder
from app.services import Services
from app.session import Banner
from engine.errors import EngineError
from engine.images.folder import IMAGE_SUFFIXES
from engine.jobs.job import ImportSpec
from engine.models.catalog import DEFAULT_MODEL
from engine.store import ImageRow, Project
from engine.store.paths import SUFFIX, is_own, own_project, project_for


class FileIntents:
    """What "Open" means for a folder, a project, images and a COCO file.

    Attributes:
        expect: takes the image that will be shown first, before its project is open; called on
            any thread.
        not_opened: told why something could not be opened.
    """

    def __init__(self, services: Services, window: QWidget) -> None:
        self._services, self._session, self._window = services, services.session, window
        self._leaving = Leaving(services, window)
        self.opening = Opening(services)
        self.expect: Callable[[Path, int], None] | None = None
        self.not_opened: Callable[[EngineError], None] = lambda problem: None
        self.opening.opened.connect(self._on_opened)
        self.opening.failed.connect(self._on_not_opened)
        self.opening.counted.connect(self._on_counted)
        handle, needs_project = services.actions.handle, partial(no_project, services.session)
        handle("file.open_folder", self.ask_folder)
        handle("file.open", self.ask_file)
        handle("file.open_sample", self.open_sample)
        handle("file.move_project", self.ask_move, self._cannot_move)
        handle("file.save_now", self.save_now, needs_project)
        handle("file.close", self.close, needs_project)
        services.jobs.ended.connect(self._on_job)
        services.session.saved_changed.connect(self._on_saved)

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
        folder = sample_folder()
        self._begin(Wish(folder, [folder], prepare=partial(make_sample, folder)))

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what was named, dropped or chosen.

        Raises:
            EngineError: nothing there can be opened; what was open stays open.
        """
        paths = [Path(os.path.abspath(path)) for path in paths]
        for path in paths:
            if not os.path.exists(path):
                raise EngineError(f"{path} is not there. Look at the spelling, or choose a folder.")
        first = paths[0]
        if len(paths) == 1 and (os.path.isdir(first) or first.suffix.lower() == SUFFIX):
            self._begin(Wish(first, paths if os.path.isdir(first) else ()))
        elif first.suffix.lower() == ".json":
            self._begin(Wish(first, then=partial(self._import_coco, first)))
        else:
            self._begin(Wish(_names_it(paths), paths))
        self._services.settings.set("folder", str(first if os.path.isdir(first) else first.parent))

    def open_dropped(self, paths: list[str]) -> None:
        """Open files that were dropped on the window, or say why not."""
        try:
            self.open_paths([Path(path) for path in paths])
        except EngineError as problem:
            self._session.say(str(problem), "error")

    def open_recent(self, path: str) -> None:
        """Open one of the recent projects, or say why not."""
        self.open_dropped([path])

    def _import_coco(self, file: Path) -> None:
        project, jobs = self._session.project, self._services.jobs
        # Not "the project is new": an import that was broken off is begun again.
        empty = project is not None and not project.read_only and not self._session.images
        if project is not None and empty and not jobs.running("import"):
            jobs.start(ImportSpec(project=str(project.path), source=str(file)))

    def _begin(self, wish: Wish) -> None:
        """Open the project of a folder or file in place of the one that is open.

        Raises:
            EngineError: it cannot be opened, which was known at once.
        """
        session = self._session
        wish.expect = self.expect
        if session.project is not None and project_for(wish.what) == session.project.path:
            self._leaving.leave()  # it is ours: its lock must be free before it can be opened again
        try:
            found = self.opening.begin(wish)
        except EngineError as problem:
            self._stay()
            self.not_opened(problem)
            raise
        if found is not None:
            self._show(found)

    def _stay(self) -> None:
        """Nothing came of an opening: what is open stays, else the first page shows."""
        if self._session.project is None:
            self._session.set_place("start")

    def _show(self, found: Opened) -> None:
        session, project = self._session, found.project
        try:
            self._leaving.leave()
        except EngineError:
            project.close()
            raise
        session.set_project(project)
        if project.read_only:
            banner = Banner("read-only", project.owner, "warning", "Try again", self._try_again)
            session.raise_banner(banner)
        session.set_place("correct")
        self._services.settings.add_recent(project.path)  # the list of them is out of sight now
        self._open_last()
        self._use_model(project)
        if project.made and is_own(project.path) and os.path.isdir(found.wish.what):
            what = found.wish.what.name or found.wish.what
            session.say(f"{what} cannot be written, so its project is kept as {project.path}.")
        for names, why in (
            (found.strange, "they are no images"),
            (found.unnamed, "their names are no text"),
            (found.shut, "they may not be looked into"),
        ):
            if names:
                more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
                shown = names[0].encode(errors="replace").decode()
                session.say(f"Left out, as {why}: {shown}{more}.", "warning")
        if found.wish.then is not None:
            found.wish.then()

    def _on_opened(self, found: Opened) -> None:
        try:
            self._show(found)
        except EngineError as problem:
            self._session.say(str(problem), "error")

    def _on_not_opened(self, wish: Wish, problem: EngineError) -> None:
        self._stay()
        self.not_opened(problem)
        self._session.say(str(problem), "error")

    def _on_counted(self, wish: Wish, seen: int) -> None:
        files = f" {seen:,} files so far." if seen else ""
        self._session.say(f"Opening {wish.name}.{files} Opening something else stops it.")

    def _open_last(self) -> None:
        """Open the image where work stopped, or the first that can be read."""
        session, project = self._session, self._session.project
        if project is None or not session.queue:
            return
        broken_off = project.recovered.image if project.recovered is not None else 0
        last, order = broken_off or project.setting("last_image"), session.queue
        open_first(session, [last, *order] if session.row(last or 0) else order)

    def _try_again(self) -> None:
        """Open the project again: the other program may have closed it."""
        session = self._session
        if session.project is None:
            return
        image = session.image
        try:
            self._begin(Wish(session.project.path, then=partial(self._look_again, image)))
        except EngineError as problem:
            session.say(str(problem), "error")

    def _look_again(self, image: ImageRow | None) -> None:
        session = self._session
        if image is not None:
            try:
                session.open_image(image.id)
            except EngineError as problem:
                session.say(str(problem), "error")
        if session.read_only:
            session.say(session.project.owner if session.project else "", "warning")

    def _on_job(self, job_id: str) -> None:
        """The images that a COCO file brought are there: show one."""
        view = self._services.jobs.get(job_id)
        # Those that are not fresh are taken up while the project opens, which shows one itself.
        fresh = view is not None and view.kind == "import" and view.fresh
        if fresh and self._session.image is None:
            self._open_last()

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
        """Close the project and show the first page.

        Raises:
            EngineError: something of it cannot be written; it stays open.
        """
        self.opening.stop()
        self._leaving.leave()
        self._session.set_place("start")

    def may_quit(self) -> bool:
        """Close the project; where it cannot be saved, ask. False: the user stays."""
        self.opening.stop(wait=True)
        return self._leaving.may_quit()

    def save_now(self) -> None:
        """Wait for the writer; everything is saved as it happens, this only makes sure."""
        project = self._session.project
        if project is not None:
            project.flush()
            self._session.say("All changes saved", "ok")

    def ask_move(self) -> None:
        """Move the project file and what belongs to it to another folder.

        Raises:
            EngineError: it cannot be written there; it stays where it is, and open.
        """
        session, project = self._session, self._session.project
        if project is None:
            return
        chosen = QFileDialog.getExistingDirectory(self._window, "Move project to")
        if not chosen:
            return
        image = session.image
        session.close_image()
        try:
            moved = project.move_to(Path(chosen) / project.path.name)
        except EngineError:
            if image is not None:
                session.open_image(image.id)
            raise
        session.set_project(None)
        moved.close()
        text = f"The project is now in {moved.path.parent}."
        self._begin(Wish(moved.path, then=lambda: session.say(text, "ok")))

    def _on_saved(self) -> None:
        """Give the banner that says what cannot be saved its way out."""
        session = self._session
        for banner in session.banners:
            if banner.key == "save" and banner.action is None:
                action = partial(self._services.actions.trigger, "file.move_project")
                session.raise_banner(
                    replace(banner, action_text="Choose another folder", action=action)
                )

    def _cannot_move(self) -> str:
        reason = cannot_write(self._session)
        if reason:
            return reason
        running = self._services.jobs.running()
        return f"{running[0].title} goes on. Move the project when it is done." if running else ""


def _names_it(paths: Sequence[Path]) -> Path:
    """What names the project of several files and folders: the first image among them.

    Without one it is the first folder's name, in the user's own folder: none of several folders
    takes the others' images into its own project.
    """
    images = [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES]
    return images[0] if images else own_project(paths[0])
