"""Add a model by choosing its file: what it tells is filled in, the rest is asked, all is tried."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import shiboken6
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.dialogs.background import Background
from app.dialogs.class_names import ClassNames
from app.dialogs.draft_preview import DraftPreview
from app.dialogs.fields import PathField, StateLine
from app.dialogs.mapping_table import MappingTable
from app.dialogs.model_fields import Glyph, QuestionRows
from app.dialogs.model_preview import ModelPreview
from app.dialogs.network_field import NetworkField
from app.dialogs.sheet import Sheet
from app.dialogs.trust_card import TrustCard
from app.services import Services
from app.theme.widgets import ElidedLabel
from engine.errors import EngineError
from engine.images.picture import Picture
from engine.models.card import Card as ModelCard
from engine.models.card import CardClass
from engine.models.catalog import Entry
from engine.models.draft import Inspection, answered
from engine.runtimes.file_kind import FileKind, kind_of

PHOTOS = 4  # that a model is tried on
WEIGHTS = (FileKind.CHECKPOINT, FileKind.SAFETENSORS)
UNCHANGED = "Nothing changes in your project until you press Add model."
FILES = "Models (*.onnx *.pt *.pth *.pt2 *.ts *.torchscript *.safetensors);;All files (*)"


class AddModelSheet(Sheet):
    """Nothing changes in the project until "Add model" is pressed."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        key = services.actions.key_text("model.add")
        super().__init__("Add model", key, "Add model", parent)
        self._services = services
        self._found: Inspection | None = None
        self._answers: dict[str, int] = {}
        self._names: tuple[CardClass, ...] | None = None
        self._trust = ""
        self._asked = 0  # counts questions, so that a late answer is known as one
        self._busy = False
        self._background = Background(self)
        self.file = PathField("Choose the model's file", folder=False, names=FILES)
        self.name = ElidedLabel("", "lead", "semibold", cut="middle")
        self.summary = ElidedLabel("", "small", role="text.secondary")
        self.problem = StateLine("x-circle", "state.error")
        self.trust = TrustCard()
        self.network = NetworkField()
        self.preview = ModelPreview()
        self.tried = DraftPreview(services, self.preview, self._colors, self._background)
        self.input_rows, self.output_rows = QuestionRows(), QuestionRows()
        self.names = ClassNames()
        self.table = MappingTable()
        self.title_field, self.licence = QLineEdit(), QLineEdit()
        self._parts: list[QWidget] = []
        self._build()
        self._connect()
        self._show_parts(False)
        self.problem.hide()
        self.trust.hide()
        self.network.hide()
        self.main.setEnabled(False)
        self.second.set_text("Cancel")
        self.foot_words.set_text(UNCHANGED)

    def _build(self) -> None:
        self.add_row("File", self.file)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(Glyph("cube", "accent.base"))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.summary)
        head.addLayout(words, 1)
        self._head = QWidget()
        head.setContentsMargins(0, 8, 0, 8)
        self._head.setLayout(head)
        self.add(self._head)
        self.add(self.problem)
        self.add(self.network)
        self.add(self.trust)
        self.add(self.preview)
        sees = self.add_section("How it sees an image", "filled in for you; change what is wrong")
        self.add(self.input_rows, 0)
        gives = self.add_section("What it answers")
        self.add(self.output_rows, 0)
        self.add(self.names, 0)
        self._mapping_header = self.add_section("Its classes to yours")
        self.add(self.table, 0)
        facts = self.add_section("About it")
        rows = [self.add_row("Name", self.title_field), self.add_row("Licence", self.licence)]
        self.licence.setPlaceholderText("such as Apache-2.0; kept with the model")
        self.body.addStretch(1)
        self._parts = [self._head, self.preview, sees, gives, self._mapping_header, facts]
        self._parts += [self.input_rows, self.output_rows, self.names, self.table, *rows]

    def _connect(self) -> None:
        self.file.changed.connect(self.choose)
        self.trust.trusted.clicked.connect(self._on_trusted)
        self.network.asked.connect(lambda _name: self._inspect(self.file.path()))
        self.trust.other.clicked.connect(self.file.choose)
        self.input_rows.answered.connect(self._on_answered)
        self.output_rows.answered.connect(self._on_answered)
        self.names.changed.connect(self._on_names)
        self.table.rows.changed.connect(self._on_mapping)
        self.main.clicked.connect(self.save)
        self.tried.said.connect(self._on_tried)

    def _show_parts(self, shown: bool) -> None:
        for widget in self._parts:
            widget.setVisible(shown)

    # -- looking into the file ---------------------------------------------------------------

    def choose(self, path: Path | None) -> None:
        """Look into a file; the fields follow."""
        self._found, self._answers, self._names, self._trust = None, {}, None, ""
        self.network.hide()
        self.network.edit.clear()
        self.table.rows.show(ModelCard(id="none", name="", file="none"), self._taxonomy())
        self._inspect(path)

    def _inspect(self, path: Path | None) -> None:
        self._show_parts(False)
        self.foot_words.set_text(UNCHANGED, "text.secondary")
        self.tried.show(None, None)
        self.trust.hide()
        self.main.setEnabled(False)
        if path is None or not os.path.isfile(path):
            words = "There is no file of this name." if path is not None else ""
            self.problem.show_state("x-circle", "state.error", words)
            return
        self.problem.show_state("magnifying-glass", "text.secondary", f"Looking into {path.name}")
        self._asked += 1
        asked = self._asked

        def done(found: dict[str, Any]) -> None:
            if shiboken6.isValid(self) and asked == self._asked:  # it may be closed by now
                self._on_found(found)

        self._services.inference.inspect(
            path, done, self._photos(), self._trust, self.network.name()
        )

    def _photos(self) -> list[Picture]:
        """The open image and a few others of the project, spread over it: what it is tried on."""
        session = self._services.session
        rows = session.images[:: max(1, len(session.images) // (PHOTOS - 1))]
        if session.image is not None:
            here = session.image.id
            rows = [session.image, *(each for each in rows if each.id != here)]
        pictures = [session.toning.picture(row) for row in rows]
        return [each for each in pictures if os.path.isfile(each.path)][:PHOTOS]

    def _on_found(self, data: dict[str, Any]) -> None:
        if "error" in data:
            path = self.file.path()
            self.network.setVisible(path is not None and kind_of(path) in WEIGHTS)
            self.problem.show_state("x-circle", "state.error", str(data["error"]))
            return
        try:
            found = msgspec.convert(data, Inspection, strict=False)
        except msgspec.ValidationError as problem:
            words = f"What the file told could not be understood: {problem}."
            self.problem.show_state("x-circle", "state.error", words)
            return
        self.problem.show_state("info", "text.secondary", "")
        if found.needs_trust:
            self.trust.ask(found.warning, found.needs_trust)
            return
        self._found = found
        path = self.file.path()
        self.name.set_text(path.name if path else found.card.file)
        self.summary.set_text(found.summary)
        self.title_field.setText(found.card.name)
        self.licence.setText(found.card.licence)
        self.input_rows.show_questions([q for q in found.questions if q.section == "input"])
        self.output_rows.show_questions([q for q in found.questions if q.section == "output"])
        self._show_parts(True)
        self._refresh()
        self.main.setFocus()

    def _on_trusted(self) -> None:
        self._trust = self.trust.sha256
        self._inspect(self.file.path())

    # -- the card so far ---------------------------------------------------------------------

    def card(self) -> ModelCard | None:
        """The card as the fields have it; None before a file was read.

        Raises:
            EngineError: the fields contradict each other.
        """
        if self._found is None:
            return None
        card = answered(self._found, self._answers)
        if self._names is not None and len(self._names) == len(card.classes):
            card = msgspec.structs.replace(card, classes=self._names)
        name = self.title_field.text().strip() or card.name
        return msgspec.structs.replace(card, name=name, licence=self.licence.text().strip())

    def _on_answered(self, field: str, index: int) -> None:
        self._answers[field] = index
        if field == "classes":
            self._names = None
        self._refresh()

    def _on_names(self, classes: tuple[CardClass, ...]) -> None:
        self._names = classes
        self._refresh()

    def _refresh(self) -> None:
        """The card changed: names, mapping and preview follow."""
        try:
            card = self.card()
        except EngineError as problem:
            self.problem.show_state("x-circle", "state.error", str(problem))
            self.main.setEnabled(False)
            return
        self.problem.show_state("info", "text.secondary", "")
        if card is None:
            return
        self.names.show_classes(card.classes)
        kept = {row.index: row.target for row in self.table.rows.rows if row.note == ""}
        self.table.rows.show(card, self._taxonomy(), kept if self._same(card) else None)
        self.main.setEnabled(not self._busy)
        self.tried.show(self.file.path(), card, self._trust)

    def _same(self, card: ModelCard) -> bool:
        """Whether the table is about the same names, so that choices in it still hold."""
        shown = {row.index: row.name for row in self.table.rows.rows}
        return shown == {c.index: c.name for c in card.classes if not c.background}

    def _on_mapping(self) -> None:
        background = next((c.index for c in self._classes() if c.background), None)
        words = self.table.rows.summary()
        if background is not None:
            words += f" · {background} is background"
        self._mapping_header.set_count(words)

    def _classes(self) -> tuple[CardClass, ...]:
        try:
            card = self.card()
        except EngineError:
            return ()
        return card.classes if card else ()

    def _taxonomy(self) -> Any:
        return self._services.session.taxonomy

    def _on_tried(self, words: str, problem: bool) -> None:
        self.foot_words.set_text(words, "state.error" if problem else "text.secondary")

    def _colors(self) -> dict[int, QColor]:
        taxonomy = self._taxonomy()
        return {
            row.index: QColor(taxonomy[row.target].color)
            for row in self.table.rows.rows
            if isinstance(row.target, int)
        }

    # -- saving ------------------------------------------------------------------------------

    def save(self) -> None:
        """Copy the file and its card into the user's models, keep the mapping, and use it."""
        path = self.file.path()
        try:
            card = self.card()
        except EngineError as problem:
            self.problem.show_state("x-circle", "state.error", str(problem))
            return
        if card is None or path is None or self._busy:
            return
        self._busy = True
        self.main.set_busy("Copying")
        self.main.setEnabled(False)
        catalog, trust = self._services.catalog, self._trust

        def copy() -> Entry | str:
            try:
                if trust:
                    catalog.trusted.add(trust, path.name)
                return catalog.add(path, card)
            except EngineError as problem:
                return str(problem)

        self._background.run(copy, self._on_added)

    def _on_added(self, found: Entry | str) -> None:
        self._busy = False
        self.main.set_busy()
        self.main.setEnabled(True)
        if isinstance(found, str):
            self.problem.show_state("x-circle", "state.error", found)
            self.scroller.ensureWidgetVisible(self.problem)
            return
        session = self._services.session
        if session.project is not None and not session.project.read_only:
            session.project.set_mapping(found.id, self.table.rows.targets())
        session.say(f"{found.card.name} was added", "ok")
        self._services.use_model(found.id)
        self.leave()
