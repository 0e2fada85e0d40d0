"""Export: which images, which format, what stays behind, and the proof that it came out whole."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.dialogs.background import Background
from app.dialogs.export_options import ExportExtent, ExportOptions, kept_of
from app.dialogs.export_plan import (
    FormatChoice,
    Plan,
    Which,
    Wishes,
    choice_of,
    counts,
    default_name,
    plan,
    spec_of,
    target_of,
)
from app.dialogs.fields import PathField, StateLine
from app.dialogs.format_table import FormatTable
from app.dialogs.job_watch import JobWatch
from app.dialogs.loss_count import REST_MS, WAIT_MS, LossCount, Question
from app.dialogs.result_card import ResultCard
from app.dialogs.sheet import Sheet
from app.dialogs.split_part import SplitPart
from app.jobs import JobView
from app.places.figures import counted, duration, file_size, when
from app.services import Services
from app.theme.widgets import Button, SegmentedControl
from engine.errors import EngineError

FOLDER = "export_folder"
"""Setting of the project: where the last export went."""

CHOICE = "export_choice"
"""Setting of the project: format and options of the last export."""


class ExportSheet(Sheet):
    """The sheet. The export itself is a job; the sheet may be closed while it runs."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("Export", services.actions.key_text("file.export"), "Export", parent)
        self._services = services
        self._plan: Plan | None = None
        self._empty_at = -1
        self.main.set_icon("export")
        self._stamp = 0  # changes with the work that would be written
        self._name_of = ""  # the format whose name is proposed
        self._losses_of = ""  # the format whose losses are shown
        self.which = SegmentedControl("Which images")
        self.formats = FormatTable()
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
        self._lines: list[StateLine] = []
        self._losses = QVBoxLayout()
        self._losses.setSpacing(0)
        self._background = Background(self)
        self._count = LossCount(self)
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
        self.options = ExportOptions(self)
        self._losses_header = self.add_section("What it cannot carry")
        self.add(self._losses)
        self.add_section("Where")
        self.add_row("Into", self.folder)
        self.add_row("Name", self.name)
        self.add(self.pictures)
        self.add(self.replaces)
        self.add_section("Images and parts")
        self.extent = ExportExtent(self)
        self.split = SplitPart(self, self._services)
        self.add(self.problem)
        self.body.addSpacing(8)
        self.add(self.result)
        self.add(self.forgotten)
        self.body.addStretch(1)

    def _connect(self) -> None:
        session = self._services.session
        self.which.chosen.connect(lambda _key: self._refresh())
        self.formats.chosen.connect(self._refresh)
        self.options.changed.connect(self._refresh)
        self.extent.changed.connect(self._refresh)
        self.split.changed.connect(self._refresh)
        self.folder.changed.connect(lambda _path: self._refresh())
        self.name.textEdited.connect(lambda _text: self._refresh())
        self.main.clicked.connect(self._press)
        self.result.button.clicked.connect(self._show_in_folder)
        self._show_forgotten.clicked.connect(self._next_forgotten)
        self._count.counted.connect(self._show_losses)
        self._count.progressed.connect(self._show_counting)
        session.images_changed.connect(self._on_images)
        session.image_changed.connect(self._refresh)
        session.document_changed.connect(self._on_work)
        session.project_changed.connect(self.leave)

    def _fill(self) -> None:
        project = self._services.session.project
        kept: dict[str, Any] = {}
        if project is not None:
            folder = str(project.setting(FOLDER, "") or project.path.parent / "export")
            self.folder.set_path(folder)
            kept = project.setting(CHOICE) or {}
        self.options.take_up(kept)
        self.extent.take_up(kept)
        done, _ = counts(self._services.session.images)
        self.problem.hide()
        self._refresh()
        self.which.set_current("done" if done else "all")
        self._refresh()
        self.options.take_up(kept)  # the rows of the format are there now
        self._background.run(_formats, lambda found: self._offer(found, str(kept.get("format"))))
        self._say_last()

    def _offer(self, found: list[FormatChoice], key: str) -> None:
        """The formats are loaded: show them, the one of the last export chosen."""
        self.formats.offer(found)
        if self.formats.choose(key):
            self._refresh()
            project = self._services.session.project
            self.options.take_up((project.setting(CHOICE) or {}) if project else {})

    def _on_images(self, _ids: object) -> None:
        self._stamp += 1
        self._refresh()

    def _on_work(self, _change: object) -> None:
        self._stamp += 1
        self._ask_losses(REST_MS)

    # -- what would be written ---------------------------------------------------------------

    def target(self) -> Path | None:
        """The file or folder that would be written; None while it is not named."""
        folder, name = self.folder.path(), self.name.text().strip()
        if folder is None or not name:
            return None
        return target_of(self.formats.current(), folder, name)

    def wishes(self) -> Wishes:
        """What is asked for besides images and format."""
        return Wishes(**self.options.asked(), **self.extent.asked(), splits=self.split.on)

    def _which(self) -> Which:
        return self.which.current()  # type: ignore[return-value]

    def _refresh(self) -> None:
        session = self._services.session
        done, every = counts(session.images)
        self.which.set_options(
            [("done", f"Done · {done:,}"), ("this", "This one"), ("all", f"All · {every:,}")]
        )
        chosen = self.formats.current()
        current = session.image.id if session.image else None
        self._plan = plan(session.images, session.taxonomy, self._which(), current)
        self.options.show_for(chosen)
        if session.project is not None and chosen.key != self._name_of:
            self._name_of = chosen.key
            self.name.setText(default_name(session.project.name, chosen))
        self.split.refresh()
        self._losses_header.set_title(f"What {chosen.name} cannot carry")
        self._ask_losses()
        self._warn()
        self._enable()

    def _ask_losses(self, wait: int = WAIT_MS) -> None:
        session, project = self._services.session, self._services.session.project
        if project is None or self._watch.running or not (self._plan and self._plan.images):
            self._show_losses(())
            return
        which, key, asked = self._which(), self.formats.current().key, self.options.words()
        current = session.image.id if session.image and which == "this" else None
        self._count.ask(project, Question(which, current, key, asked, self._stamp), wait)

    def _show_counting(self, done: int, total: int) -> None:
        self._losses_header.set_count(f"{done:,} of {total:,} images looked at")

    def _show_losses(self, sentences: tuple[str, ...] | None) -> None:
        """Show what stays behind; None while it is being counted.

        What was counted before stays until then, unless it speaks of another format.
        """
        self._losses_header.set_count("counting" if sentences is None else "")
        key = self.formats.current().key
        if sentences is None and key == self._losses_of:
            return
        self._losses_of, sentences = key, sentences or ()
        said = (*sentences, *(self._plan.stays if self._plan else ()))
        while len(self._lines) < len(said):
            self._lines.append(StateLine())
            self._losses.addWidget(self._lines[-1])
        for place, line in enumerate(self._lines):
            line.show_state("minus-circle", "text.secondary", "".join(said[place : place + 1]))

    def _warn(self) -> None:
        found = len(self._plan.empty) if self._plan else 0
        verb = "holds" if found == 1 else "hold"
        end = "It is written as an empty image." if found == 1 else "They are written as empty."
        words = f"{counted(found, 'done image')} {verb} no object. {end}"
        self.forgotten.show_state("warning", "state.warning", words if found else "")
        target = self.target()
        cut = target is not None and self.extent.tile.current() != "0"
        words = f"Pictures of the tiles go into {target.stem}_tiles." if cut and target else ""
        self.pictures.show_state("info", "text.secondary", words)
        there = target is not None and os.path.isfile(target)
        words = ""
        if there and target is not None:
            words = f"Replaces {target.name} from {when(target.stat().st_mtime)}."
        self.replaces.show_state("info", "text.secondary", words)

    def _enable(self) -> None:
        reason = ""
        if self._plan is None or not self._plan.images:
            which = self.which.current()
            reason = {
                "done": "No image is done yet. Mark one as done, or choose All.",
                "this": "No image is open.",
            }.get(which, "There is no image in the project.")
        elif self.target() is None:
            reason = "Name a folder and what to write there."
        else:
            reason = self.split.reason()
        self.main.setEnabled(self._watch.running or not reason)
        self.main.setToolTip(reason)
        if not self._watch.running:
            self.foot_words.set_text(reason or self._foot())

    def _foot(self) -> str:
        images, masks = (self._plan.images, self._plan.objects) if self._plan else (0, 0)
        return f"{counted(images, 'image')}, {counted(masks, 'object')}"

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
        key, wishes = self.formats.current().key, self.wishes()
        current = session.image.id if session.image else None
        spec = spec_of(session.project.path, self._which(), current, key, target, wishes)
        self._count.stop()
        self.result.hide()
        problem = self._watch.try_start(spec)
        self.problem.show_state("x-circle", "state.error", problem)
        if not problem:
            self.foot_words.set_text("You can close this; the export goes on.")
            if not session.project.read_only:
                session.project.set_setting(FOLDER, str(self.folder.path()))
                session.project.set_setting(CHOICE, {"format": key, **kept_of(wishes)})

    def _on_end(self, job: JobView, seconds: float) -> None:
        took = f"{seconds:.1f} s" if seconds < 10 else duration(seconds)
        if job.state == "done":
            path = Path(str(job.outcome.get("path") or getattr(job.spec, "target", "")))
            text = "\n".join([str(job.outcome.get("summary", "")), *job.notes]).strip()
            size = file_size(path.stat().st_size) if os.path.isfile(path) else ""
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
            folder = target if os.path.isdir(target) else target.parent
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

    def hideEvent(self, event: QHideEvent) -> None:
        """The sheet is taken away: nobody waits for what was being counted."""
        if not event.spontaneous():
            self._count.stop()
        super().hideEvent(event)


def _formats() -> list[FormatChoice]:
    """All formats that can be written, those of plug-ins too; loading them takes a while."""
    from engine.formats import registry

    return [choice_of(each) for each in registry.writable()]
