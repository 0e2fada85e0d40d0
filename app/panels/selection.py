"""What is selected: its size, where it came from, what was changed; and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.panels.common import bind, plural
from app.panels.provenance_words import made_words, origin_words, work_words
from app.theme import paint
from app.theme.theme import theme
from app.theme.widgets import Button, ElidedLabel, IconButton, SectionHeader, TextBlock
from engine.document import edits
from engine.document.taxonomy import BACKGROUND, UNLABELLED
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.services import Services
    from engine.document.annotation import Annotation
    from engine.document.document import Changed, Document

_ROWS = ("Area", "Origin", "Changed", "Made", "Work", "Note")


class NoteField(QLineEdit):
    """A note, written in place; Enter keeps it, Esc leaves it as it was. Both end the writing."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kept = ""
        self.setProperty("bare", True)
        self.setPlaceholderText("Add a note")
        self.setAccessibleName("Note")
        self.setMaxLength(2_000)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See QWidget."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self.kept)
            self.left.emit()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window, which would take the focus and with it keep the note."""
        key = event.key() if isinstance(event, QKeyEvent) else 0
        if event.type() == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)


class SelectionPanel(QWidget):
    """See the module."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Selection")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._names: dict[str, str] = {}
        self._labels: dict[str, QWidget] = {}
        self._values: dict[str, QWidget] = {}
        self._build()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(40)
        self._later.timeout.connect(self.refresh)
        session = self._session
        for signal in (
            session.selection_changed,
            session.image_changed,
            session.taxonomy_changed,
            session.class_changed,
            session.filter_changed,
            session.tool_changed,
        ):
            signal.connect(self._later.start)
        session.document_changed.connect(self._on_document)
        services.actions.keys_changed.connect(self._later.start)
        session.project_changed.connect(self._names.clear)
        self.refresh()

    # -- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = SectionHeader("Selected")
        self.lock = IconButton("lock-simple-open", "Lock or unlock")
        bind(self.lock, self._services, "object.lock")
        self.delete = IconButton("trash", "Delete")
        bind(self.delete, self._services, "object.delete")
        self.header.add(self.lock)
        self.header.add(self.delete)
        self.facts = QWidget()
        grid = QGridLayout(self.facts)
        grid.setContentsMargins(14, 0, 14, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for at, name in enumerate(_ROWS):
            label = self._labels[name] = ElidedLabel(name, role="text.secondary")
            grid.addWidget(label, at, 0)
            if name == "Note":
                self.note = NoteField()
                self.note.editingFinished.connect(self._keep_note)
                self.note.returnPressed.connect(self.note.left)
                self.note.left.connect(lambda: self._services.actions.trigger("edit.escape"))
                value: QWidget = self.note
            else:
                cut: Literal["end", "middle"] = "middle" if name == "Origin" else "end"
                value = ElidedLabel("", weight="medium", cut=cut, align=paint.RIGHT)
                value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._values[name] = value
            grid.addWidget(value, at, 1)
        self.words = TextBlock("")
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(14, 2, 14, 4)
        row.addWidget(self.words)
        self.hint = holder
        self.acts = QWidget()
        row = QHBoxLayout(self.acts)
        row.setContentsMargins(10, 2, 10, 2)
        row.setSpacing(6)
        for text, name in (("Merge", "object.merge"), ("Fill gaps", "object.fill_gaps")):
            button = Button(text)
            bind(button, self._services, name, cap=True)
            row.addWidget(button)
        row.addStretch(1)
        self.done = Button("Done, next image", kind="main")
        bind(self.done, self._services, "image.done_next", cap=True)
        self.done.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.done.setMinimumHeight(theme().size("controlLarge"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (self.header, self.facts, self.hint, self.acts):
            column.addWidget(part)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 6, 10, 12)
        foot.addWidget(self.done)
        column.addLayout(foot)

    # -- contents ----------------------------------------------------------------------------

    def _on_document(self, change: Changed) -> None:
        layer = bool(change.what & {"layer", "proposals", "objects", "status"})
        if layer or change.objects & self._session.selection:
            self._later.start()

    def refresh(self) -> None:
        """Show what is selected now."""
        chosen = self._session.selected()
        if len(chosen) == 1:
            self._show_one(chosen[0])
        elif chosen:
            self._show_many(chosen)
        else:
            self._show_none()
        self._on_done()

    def _set(self, name: str, text: str) -> None:
        value = self._values[name]
        assert isinstance(value, ElidedLabel)
        value.set_text(text)

    def _parts(self, facts: bool, acts: bool, many: bool = False) -> None:
        self.facts.setVisible(facts)
        self.hint.setVisible(not facts)
        self.acts.setVisible(acts)
        self.lock.setVisible(facts)
        self.delete.setVisible(facts)
        self.note.setVisible(facts)
        for name in ("Changed", "Made", "Work"):
            for part in (self._labels[name], self._values[name]):
                part.setVisible(not many)

    def _area_words(self, area: int) -> str:
        document = self._session.document
        if document is None:
            return ""
        height, width = document.size
        return f"{area:,} px · {100 * area / (height * width):.1f} %"

    def _show_one(self, each: Annotation) -> None:
        self._parts(facts=True, acts=not each.proposal)
        name = self._session.taxonomy.name(each.class_id)
        self.header.set_title(f"Selected · {name} #{each.id}")
        self._set("Area", self._area_words(each.mask.area))
        self._set("Origin", self._origin(each))
        self._set("Changed", _change_words(each))
        self._set("Made", made_words(each))
        self._set("Work", work_words(each))
        if not self.note.hasFocus():
            self.note.kept = each.note
            self.note.setText(each.note)
            self.note.setToolTip(each.note)
        self.lock.set_icon("lock-simple" if each.locked else "lock-simple-open")

    def _show_many(self, chosen: list[Annotation]) -> None:
        self._parts(facts=True, acts=True, many=True)
        self.header.set_title(f"Selected · {plural(len(chosen), 'object')}")
        self._set("Area", self._area_words(sum(each.mask.area for each in chosen)))
        sources = {self._origin(each) for each in chosen}
        self._set("Origin", next(iter(sources)) if len(sources) == 1 else "several")
        self._set("Changed", "")
        notes = {each.note for each in chosen}
        if not self.note.hasFocus():
            self.note.kept = next(iter(notes)) if len(notes) == 1 else ""
            self.note.setText(self.note.kept)
        locked = all(each.locked for each in chosen)
        self.lock.set_icon("lock-simple" if locked else "lock-simple-open")

    def _show_none(self) -> None:
        self._parts(facts=False, acts=False)
        session = self._session
        document = session.document
        found = session.label_class(session.current_class)
        fill = self._services.actions.fill
        if document is None:
            self.header.set_title("No image")
            self.words.set_text("Choose an image below.")
        elif _untouched(document):
            height, width = document.size
            self.header.set_title("This image")
            self.words.set_text(
                f"{width:,} × {height:,} px, {document.status.value}. "
                + fill("Let the model propose with {model.propose}, or draw with {tool.brush}.")
            )
        elif found is not None and not found.thing:
            area = document.layer.areas().get(found.id, 0)
            self.header.set_title(f"Area · {found.name}")
            self.words.set_text(f"{self._area_words(area)} of this image")
        else:
            self._show_doubt(document.proposals.values())

    def _show_doubt(self, proposals: object) -> None:
        limits = self._session.filter
        doubtful = sum(limits.doubts(each) for each in self._session.visible_proposals())
        if doubtful:
            self.header.set_title(plural(doubtful, "doubtful proposal"))
            self.words.set_text(
                f"Scores under {limits.accept_above:.2f} carry bars and are left out when you "
                "accept all."
            )
        else:
            self.header.set_title("Nothing selected")
            words = "Click an object, or press {object.next} for the next one."
            self.words.set_text(self._services.actions.fill(words))

    def _origin(self, each: Annotation) -> str:
        you = self._session.project.person if self._session.project else ""
        return origin_words(each, self._model_name, you)

    def _model_name(self, model_id: str) -> str:
        if model_id not in self._names:
            try:
                self._names[model_id] = self._services.catalog.get(model_id).card.name
            except EngineError:  # it was removed since; its objects keep its id
                self._names[model_id] = model_id
        return self._names[model_id]

    def _on_done(self) -> None:
        """The filled button gives way while proposals wait for their own."""
        waiting = self._session.tool == "select" and bool(self._session.visible_proposals())
        self.done.set_kind("normal" if waiting else "main")

    # -- changing ----------------------------------------------------------------------------

    def edit_note(self) -> None:
        """Put the cursor into the note."""
        self.refresh()
        self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.note.selectAll()

    def _keep_note(self) -> None:
        document, text = self._session.document, self.note.text().strip()
        if document is None or text == self.note.kept:
            return
        self.note.kept = text
        command = edits.set_attributes(
            document, self._session.selection, label="Change note", note=text
        )
        self._session.do(command)


def _untouched(document: Document) -> bool:
    drawn = document.layer.areas().keys() - {UNLABELLED, BACKGROUND}
    return not (document.annotations or document.proposals or drawn)


def _change_words(each: Annotation) -> str:
    parts = []
    if each.added:
        parts.append(f"+ {each.added:,} px")
    if each.removed:
        parts.append(f"− {each.removed:,} px")
    return "   ".join(parts) or "nothing"
