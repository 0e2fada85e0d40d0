"""What each class of the model in use becomes in this project (decision 4)."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.dialogs.mapping_table import MappingTable
from app.dialogs.sheet import Sheet
from app.services import Services
from app.theme.widgets import Button, TextBlock
from engine.errors import EngineError


class MappingSheet(Sheet):
    """Changes count for the next proposals; masks that were accepted stay as they are."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        key = services.actions.key_text("model.mapping")
        super().__init__("Classes of the model", key, "Save", parent)
        self._services = services
        self.table = MappingTable()
        name = services.session.model.name
        self.add(
            TextBlock(
                f"What {name} finds is proposed under these classes. Accepted masks stay as they "
                "are; the next proposals follow this list."
            )
        )
        self._header = self.add_section("Its classes to yours")
        self.add(self.table, 0)
        row = QHBoxLayout()
        for words, target in (("Leave the rest out", "ignore"), ("Make the rest new", "new")):
            button = Button(words, kind="quiet")
            button.clicked.connect(lambda _=False, target=target: self.table.rows.set_all(target))
            row.addWidget(button)
        row.addStretch(1)
        self.add(row)
        self.body.addStretch(1)
        self.table.rows.changed.connect(self._summary)
        self.main.clicked.connect(self.save)
        services.session.project_changed.connect(self.leave)
        self._fill()

    def _fill(self) -> None:
        session = self._services.session
        try:
            entry = self._services.catalog.get(session.model.id)
        except EngineError as problem:
            self.main.setEnabled(False)
            self.foot_words.set_text(str(problem), "state.error")
            return
        kept = session.project.mapping(entry.id) if session.project else None
        self.table.rows.show(entry.card, session.taxonomy, kept)

    def _summary(self) -> None:
        self._header.set_count(self.table.rows.summary())

    def save(self) -> None:
        """Keep the list with the project and close."""
        session = self._services.session
        if session.project is None:
            return
        try:
            session.project.set_mapping(session.model.id, self.table.rows.targets())
        except EngineError as problem:
            self.foot_words.set_text(str(problem), "state.error")
            return
        session.touch_taxonomy()  # places that show what the model says follow the mapping
        session.say(f"{session.model.name}: {self.table.rows.summary()} from the next proposals on")
        self.leave()
        document = session.document
        waiting = document.proposals.values() if document is not None else ()
        if any(each.source == session.model.id for each in waiting):
            self._services.actions.trigger("model.propose")
