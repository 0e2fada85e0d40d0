"""Import another tool's annotations: a file or a folder, whose format is found out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.dialogs.background import Background
from app.dialogs.fields import Choice, PathField, StateLine
from app.dialogs.import_count import ImportCount
from app.dialogs.import_values import ValueTable
from app.dialogs.job_watch import JobWatch
from app.dialogs.result_card import ResultCard
from app.dialogs.sheet import Sheet
from app.jobs import JobView
from app.places.figures import counted, duration
from app.services import Services
from app.theme.widgets import SegmentedControl, TextBlock
from engine.errors import EngineError
from engine.jobs.job import ImportSpec
from engine.store.backup import IMPORT, backups_of

STATUSES = (
    ("done", "Done"),
    ("corrected", "Corrected, to be looked at again"),
    ("new", "As they are"),
)
EXIFS = (
    ("applied", "On the photo as you see it"),
    ("ignored", "On the file as stored, not turned"),
)


BY_ITSELF = ("", "What it is found to be")


@dataclass(frozen=True, slots=True)
class Look:
    """What a look into the source found.

    Attributes:
        number: which look.
        words: the format's name for people, or what is wrong.
        values: that nothing is known of; None where something is wrong.
        format: the format's name.
    """

    number: int
    words: str
    values: dict[int, int] | None = None
    format: str = ""


class ImportSheet(Sheet):
    """The file is looked into at once; what it does not tell is asked before the job starts."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(
            "Import annotations", services.actions.key_text("file.import"), "Import", parent
        )
        self._services = services
        self._found = ""  # name of the format that was found
        self._looking = 0  # counts looks, so that a late answer is known as one
        self._background = Background(self)
        self.main.set_icon("download-simple")
        self.kind = SegmentedControl(
            "What to import", [("file", "A file"), ("folder", "A folder of files")]
        )
        self.file = PathField(
            "File of annotations",
            folder=False,
            names="COCO, labelme, CVAT, Label Studio (*.json *.xml);;All files (*)",
        )
        self.folder = PathField("Folder of the annotations", folder=True)
        self.images = PathField("Folder of the images", folder=True)
        self.format = Choice([BY_ITSELF])
        self.masks = PathField("Folder of the PNGs", folder=True)
        self.exif, self.status = Choice(EXIFS), Choice(STATUSES)
        self.values = ValueTable()
        self.count = ImportCount(services)
        self.problem = StateLine("x-circle", "state.error")
        self.result = ResultCard()
        self.result.button.hide()
        self._watch = JobWatch(services, "import", self.main, "Importing", self)
        self._watch.on_end = self._on_end
        self._build()
        self._connect()
        self._refresh()
        self._background.run(_formats, lambda found: self.format.set_options([BY_ITSELF, *found]))

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.kind)
        row.addStretch(1)
        self.add_row("What", row)
        self._file_row = self.add_row("File", self.file)
        self._folder_row = self.add_row("Folder", self.folder)
        self.add_row("Read as", self.format)
        self._masks_row = self.add_row("PNGs", self.masks)
        self.add_row("Images", self.images)
        self._images_note = TextBlock("")
        self.add(self._images_note)
        self.add(self.problem)
        self.add(self.count)
        self._values_header = self.add_section("What the pixel values mean")
        self.add(self.values, 0)
        self.add_section("How to take them in")
        self.add_row("Drawn", self.exif)
        self.add_row("Images become", self.status)
        self.body.addSpacing(8)
        self.add(self.result)
        self.body.addStretch(1)

    def _connect(self) -> None:
        self.kind.chosen.connect(lambda _key: self._look())
        self.file.changed.connect(lambda _path: self._look())
        self.folder.changed.connect(lambda _path: self._look())
        self.images.changed.connect(lambda _path: self._ask())
        self.masks.changed.connect(lambda _path: self._ask())
        self.count.changed.connect(self._ask)
        self.format.picked.connect(lambda _name: self._look())
        self.values.changed.connect(self._refresh)
        self.main.clicked.connect(self._press)
        self._services.session.project_changed.connect(self.leave)

    # -- looking -----------------------------------------------------------------------------

    def choose(self, path: Path) -> None:
        """Take a file or folder, as when it was dropped on the window."""
        folder = os.path.isdir(path)
        self.kind.set_current("folder" if folder else "file")
        (self.folder if folder else self.file).set_path(path)
        self._look()

    def source(self) -> Path | None:
        """The file or folder that is chosen."""
        return (self.file if self.kind.current() == "file" else self.folder).path()

    def _look(self) -> None:
        """Find out what the source leaves open."""
        self.result.hide()
        self.problem.show_state("info", "text.secondary", "")
        self._looking += 1
        source, project = self.source(), self._services.session.project
        self.values.ask({}, ())
        self.count.forget()
        self._found = ""
        if source is not None and os.path.exists(source) and project:
            self._start_looking(source)
        self._refresh()

    def _start_looking(self, source: Path) -> None:
        taxonomy, look = self._services.session.taxonomy, self._looking
        named = str(self.format.value() or "")
        words = f"Looking into {source.name}"
        self.problem.show_state("magnifying-glass", "text.secondary", words)

        def read() -> Look:
            from engine.formats import registry
            from engine.formats.png_read import unknown_values

            try:
                found = registry.get(named) if named else registry.detect(source)
                values = unknown_values(source, taxonomy) if found.name == "png" else {}
                return Look(look, found.words, values, found.name)
            except EngineError as problem:
                return Look(look, str(problem))
            except OSError as problem:
                return Look(look, f"{problem.filename} cannot be read: {problem.strerror}.")

        self._background.run(read, self._on_looked)

    def _on_looked(self, news: Look) -> None:
        if news.number != self._looking or self._watch.running:
            return
        if news.values is None:
            self.problem.show_state("x-circle", "state.error", news.words)
            return
        self._found = news.format
        self.problem.show_state("info", "text.secondary", f"Will be read as {news.words}.")
        self.values.ask(news.values, self._services.session.taxonomy.classes)
        self._ask()

    def _ask(self) -> None:
        """Count the images, now that enough is known."""
        self._refresh()
        spec = self._spec()
        if spec is None or not self._found or self._wanting():
            self.count.clear()
        elif not self._watch.running:
            self.count.ask(spec)

    def _refresh(self) -> None:
        file = self.kind.current() == "file"
        self._file_row.setVisible(file)
        self._folder_row.setVisible(not file)
        panoptic = self._found == "coco-panoptic"
        self._masks_row.setVisible(panoptic)
        source = self.source()
        if panoptic and source is not None:
            self.masks.edit.setPlaceholderText(str(source.with_suffix("")))
        self._values_header.setVisible(bool(self.values.fields))
        self.values.setVisible(bool(self.values.fields))
        left = self.values.open
        self._values_header.set_count(f"{left} to answer" if left else "all answered")
        self._images_note.set_text(
            "Left empty: those of this project, by name, size and content, else those beside the "
            f"{'file' if file else 'masks'}."
        )
        reason = self._reason()
        self.main.setEnabled(self._watch.running or not reason)
        self.foot_words.set_text(reason)

    def _reason(self) -> str:
        source = self.source()
        if source is None:
            return "Choose the file." if self.kind.current() == "file" else "Choose the folder."
        if not os.path.exists(source):
            return f"There is no {source.name} there."
        if self.values.open:
            return f"Say what {counted(self.values.open, 'value')} mean."
        return self._wanting()

    def _wanting(self) -> str:
        """What folder is missing."""
        source, images = self.source(), self.images.path()
        if images is not None and not os.path.isdir(images):
            return "The folder of the images is not there."
        if self._found == "coco-panoptic" and source is not None:
            masks = self.masks.path() or source.with_suffix("")
            if not os.path.isdir(masks):
                return "Choose the folder of the PNGs that belong to the file."
        return ""

    # -- doing -------------------------------------------------------------------------------

    def _press(self) -> None:
        if self._watch.running:
            self._watch.stop()
            return
        spec = self._spec()
        if spec is None:
            return
        self.count.clear()
        self.result.hide()
        self.problem.show_state("x-circle", "state.error", self._watch.try_start(spec))
        self.foot_words.set_text("You can close this; the import goes on.")

    def _spec(self) -> ImportSpec | None:
        """What is wanted; None before there is a project and a source."""
        project, source = self._services.session.project, self.source()
        if project is None or source is None:
            return None
        images, masks = self.images.path(), self.masks.path()
        return ImportSpec(
            project=str(project.path),
            source=str(source),
            format=str(self.format.value() or ""),
            masks=str(masks) if masks and self._found == "coco-panoptic" else "",
            images=str(images) if images else "",
            exif=self.exif.value(),
            values=self.values.meanings(),
            status=self.status.value(),
            by_name=self.count.by_name.isChecked(),
        )

    def _kept(self) -> str:
        """Where what was there before an import can be had again."""
        project = self._services.session.project
        newest = backups_of(project.path)[:1] if project is not None else []
        if not newest or newest[0].kind != IMPORT:
            return ""
        return self._services.actions.fill(
            f"The project as it was before is the backup of {newest[0].clock} ({{file.backups}})."
        )

    def _on_end(self, job: JobView, seconds: float) -> None:
        took = f"{seconds:.1f} s" if seconds < 10 else duration(seconds)
        self.foot_words.set_text("")
        if job.state == "done":
            words = [str(job.outcome.get("summary", "")), *job.notes, self._kept()]
            level = "warning" if job.notes else "ok"
            self.result.show_result(level, "Imported", "\n".join(filter(None, words)), took)
        elif job.state == "cancelled":
            text = "What was read until then is not in the project."
            if job.given_up:
                text = f"What had come in until then stays in the project. {self._kept()}".rstrip()
            self.result.show_result("warning", "The import was stopped.", text)
        else:
            title = "Nothing was imported."
            self.result.show_result("error", title, job.error or "It ended without a word.")
        self.main.setEnabled(True)
        self.scroller.ensureWidgetVisible(self.result)


def _formats() -> list[tuple[str, str]]:
    """(name, words) of all formats that can be read; loading them takes a while."""
    from engine.formats import registry

    return [(each.name, each.words) for each in registry.readable()]
