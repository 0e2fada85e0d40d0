"""Export: which images, which format, what stays behind, and the proof that it came out whole."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.dialogs.export_plan import (
    TILES,
    Plan,
    counts,
    default_name,
    plan,
    spec_of,
    target_of,
)
from app.dialogs.fields import PathField, StateLine
from app.dialogs.format_table import FormatTable
from app.dialogs.job_watch import JobWatch
from app.dialogs.result_card import ResultCard
from app.dialogs.sheet import Sheet
from app.jobs import JobView
from app.places.figures import counted, duration, file_size, when
from app.services import Services
from app.theme.widgets import Button, CheckBox, SegmentedControl
from engine.errors import EngineError

FOLDER = "export_folder"
"""Setting of the project: where the last export went."""


class ExportSheet(Sheet):
    """The sheet. The export itself is a job; the sheet may be closed while it runs."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Export", services.actions.key_text("file.export"), "Export", parent)
        self._services = services
        self._plan: Plan | None = None
        self._empty_at = -1
        self.main.set_icon("export")
        self.which = SegmentedControl("Which images")
        self.formats = FormatTable()
        self.scores = CheckBox("Write scores as an extra field")
        self.deep = CheckBox("Decode every mask when reading back, not a sample")
        self.tile = SegmentedControl("Tiles", TILES)
        self.folder = PathField("Folder to export into", folder=True)
        self.name = QLineEdit()
        self.name.setAccessibleName("File name")
        self.result = ResultCard()
        self.problem = StateLine("x-circle", "state.error")
        self.pictures = StateLine("info", "text.secondary")
        self.replaces = StateLine("info", "text.secondary")
        self.forgotten = StateLine("warning", "state.warning")
        self._show_forgotten = Button("Show them", kind="quiet")
        self.forgotten.add(self._show_forgotten)
        self._losses = QVBoxLayout()
        self._losses.setSpacing(0)
        self._watch = JobWatch(services, "export", self.main, "Exporting", self)
        self._watch.on_end = self._on_end
        self._build()
        self._connect()
        self._fill()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.which)
        row.addStretch(1)
        self.add_row("Which images", row)
        self.add(self.formats, 0)
        options = QVBoxLayout()
        options.setSpacing(0)
        options.addWidget(self.scores)
        options.addWidget(self.deep)
        self.add(options)
        row = QHBoxLayout()
        row.addWidget(self.tile)
        row.addStretch(1)
        self.add_row("Tiles", row)
        self._losses_header = self.add_section("What it cannot carry")
        self.add(self._losses)
        self.add_section("Where")
        self.add_row("Into", self.folder)
        self._name_row = self.add_row("File name", self.name)
        self.add(self.pictures)
        self.add(self.replaces)
        self.add(self.problem)
        self.body.addSpacing(8)
        self.add(self.result)
        self.add(self.forgotten)
        self.body.addStretch(1)

    def _connect(self) -> None:
        session = self._services.session
        self.which.chosen.connect(lambda _key: self._refresh())
        self.formats.chosen.connect(lambda *_rows: self._refresh())
        self.scores.toggled.connect(lambda _on: self._refresh())
        self.tile.chosen.connect(lambda _key: self._refresh())
        self.folder.changed.connect(lambda _path: self._refresh())
        self.name.textEdited.connect(lambda _text: self._refresh())
        self.main.clicked.connect(self._press)
        self.result.button.clicked.connect(self._show_in_folder)
        self._show_forgotten.clicked.connect(self._next_forgotten)
        session.images_changed.connect(self._on_images)
        session.image_changed.connect(self._refresh)
        session.project_changed.connect(self.leave)

    def _fill(self) -> None:
        project = self._services.session.project
        if project is not None:
            folder = str(project.setting(FOLDER, "") or project.path.parent / "export")
            self.folder.set_path(folder)
            self.name.setText(default_name(project.name))
        done, _ = counts(self._services.session.images)
        self.problem.hide()
        self._refresh()
        self.which.set_current("done" if done else "all")
        self._refresh()
        self._say_last()

    def _on_images(self, _ids: object) -> None:
        self._refresh()

    # -- what would be written ---------------------------------------------------------------

    def target(self) -> Path | None:
        """The file or folder that would be written; None while no folder is named."""
        folder = self.folder.path()
        name = self.name.text().strip()
        if folder is None or (self.formats.current().key == "coco" and not name):
            return None
        return target_of(self.formats.current().key, folder, name)

    def _refresh(self) -> None:
        session = self._services.session
        done, every = counts(session.images)
        self.which.set_options(
            [("done", f"Done · {done:,}"), ("this", "This one"), ("all", f"All · {every:,}")]
        )
        chosen = self.formats.current()
        self._plan = plan(
            session.images,
            session.taxonomy,
            self.which.current(),  # type: ignore[arg-type]
            session.image.id if session.image else None,
            chosen.key,
            scores=self.scores.isChecked(),
        )
        coco = chosen.key == "coco"
        self.scores.setVisible(coco)
        self.deep.setVisible(coco)
        self._name_row.setVisible(coco)
        self._losses_header.set_title(f"What {chosen.short} cannot carry")
        self._show_losses(self._plan.losses)
        self._warn()
        self._enable()

    def _show_losses(self, sentences: tuple[str, ...]) -> None:
        while item := self._losses.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for sentence in sentences:
            self._losses.addWidget(StateLine("minus-circle", "text.secondary", sentence))

    def _warn(self) -> None:
        found = len(self._plan.empty) if self._plan else 0
        verb = "holds" if found == 1 else "hold"
        end = "It is written as an empty image." if found == 1 else "They are written as empty."
        words = f"{counted(found, 'done image')} {verb} no object. {end}"
        self.forgotten.show_state("warning", "state.warning", words if found else "")
        target = self.target()
        cut = target is not None and self.tile.current() != "0"
        words = f"Pictures of the tiles go into {target.stem}_tiles." if cut and target else ""
        self.pictures.show_state("info", "text.secondary", words)
        there = target is not None and target.is_file()
        words = ""
        if there and target is not None:
            words = f"Replaces {target.name} from {when(target.stat().st_mtime)}."
        self.replaces.show_state("info", "text.secondary", words)

    def _enable(self) -> None:
        reason = ""
        if self._plan is None or not self._plan.rows:
            which = self.which.current()
            reason = {
                "done": "No image is done yet. Mark one as done, or choose All.",
                "this": "No image is open.",
            }.get(which, "There is no image in the project.")
        elif self.target() is None:
            reason = "Name a folder and a file."
        self.main.setEnabled(self._watch.running or not reason)
        self.main.setToolTip(reason)
        if not self._watch.running:
            self.foot_words.set_text(reason or self._foot())

    def _foot(self) -> str:
        rows = self._plan.rows if self._plan else ()
        masks = sum(row.objects for row in rows)
        return f"{counted(len(rows), 'image')}, {counted(masks, 'object')}"

    def _say_last(self) -> None:
        done = [
            job
            for job in self._services.jobs.jobs()
            if job.kind == "export" and job.state == "done"
        ]
        if done:
            self.main.set_text("Export again")
            self.foot_words.set_text(f"{self._foot()} · last export {when(done[0].started)}")

    # -- doing -------------------------------------------------------------------------------

    def _press(self) -> None:
        if self._watch.running:
            self._watch.stop()
            return
        session, target = self._services.session, self.target()
        if session.project is None or target is None or self._plan is None:
            return
        spec = spec_of(
            session.project.path,
            self.which.current(),  # type: ignore[arg-type]
            session.image.id if session.image else None,
            self.formats.current().key,
            target,
            scores=self.scores.isChecked(),
            deep=self.deep.isChecked(),
            tile=int(self.tile.current()),
        )
        self.result.hide()
        problem = self._watch.try_start(spec)
        self.problem.show_state("x-circle", "state.error", problem)
        if not problem:
            self.foot_words.set_text("You can close this; the export goes on.")
            if not session.project.read_only:
                session.project.set_setting(FOLDER, str(self.folder.path()))

    def _on_end(self, job: JobView, seconds: float) -> None:
        took = f"{seconds:.1f} s" if seconds < 10 else duration(seconds)
        if job.state == "done":
            path = Path(str(job.outcome.get("path") or getattr(job.spec, "target", "")))
            text = "\n".join([str(job.outcome.get("summary", "")), *job.notes]).strip()
            size = file_size(path.stat().st_size) if path.is_file() else ""
            title = "Read back and compared: identical"
            self.result.show_result("ok", title, text, took, path.name, size)
            self.main.set_text("Export again")
            self.foot_words.set_text(f"Last export: {when(time.time())}")
        elif job.state == "cancelled":
            text = "Nothing was written; what was there before is unchanged."
            self.result.show_result("warning", "The export was stopped.", text)
            self.foot_words.set_text("")
        else:
            title = "This export cannot be used."
            self.result.show_result("error", title, job.error or "It ended without a word.")
            self.foot_words.set_text("")
        self._warn()
        self._enable_quietly()
        self.scroller.ensureWidgetVisible(self.result)

    def _enable_quietly(self) -> None:
        words = self.foot_words.text()
        self._enable()
        self.foot_words.set_text(words)

    def _show_in_folder(self) -> None:
        target = self.target()
        if target is not None:
            folder = target if target.is_dir() else target.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _next_forgotten(self) -> None:
        empty = self._plan.empty if self._plan else ()
        if not empty:
            return
        self._empty_at = (self._empty_at + 1) % len(empty)
        try:
            self._services.session.open_image(empty[self._empty_at])
        except EngineError as problem:
            self._services.session.say(str(problem), "error")
