"""The card over the canvas while proposals wait: accept, accept all, reject, next doubtful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.panels.common import bind, plural
from app.theme.icons import paint_icon
from app.theme.theme import theme
from app.theme.widgets import Button, Card, ElidedLabel

if TYPE_CHECKING:
    from app.services import Services
    from engine.document.annotation import Annotation


class _Mark(QWidget):
    """An icon that stands still."""

    def __init__(self, icon: str, role: str) -> None:
        super().__init__()
        self._icon, self._role = icon, role
        side = theme().size("icon.control")
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        color = theme().color(self._role)
        paint_icon(QPainter(self), QRectF(self.rect()), self._icon, color)


class ProposalsCard(Card):
    """See the module. Shows while Select is in use; a brush wants the whole canvas."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(True, parent)
        self._services, self._session = services, services.session
        self.setAccessibleName("Proposals")
        self._full = 0  # width with all words
        self._build()
        session = self._session
        for signal in (
            session.image_changed,
            session.document_changed,
            session.selection_changed,
            session.filter_changed,
            session.taxonomy_changed,
            session.tool_changed,
            session.place_changed,
            session.model_changed,
        ):
            signal.connect(self.refresh)
        theme().changed.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        self.title = ElidedLabel("", "body", "semibold")
        self.detail = ElidedLabel("", "small", role="text.secondary")
        self.aside = ElidedLabel("All undoable as one step", "small", role="text.secondary")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(_Mark("sparkle", "accent.base"))
        for part in (self.title, self.detail):
            head.addWidget(part)
        head.addStretch(1)
        head.addWidget(self.aside)
        self.accept = self._button("proposal.accept", "main")
        self.accept_class = self._button("proposal.accept_class")
        self.accept_all = self._button("proposal.accept_all")
        self.reject = self._button("proposal.reject")
        self.next = self._button("object.next")
        self.reject.set_text("Reject")
        self.next.set_text("Next doubtful")
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.accept, self.accept_class, self.accept_all, self.reject):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 11, 14, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(row)

    def _button(self, action_id: str, kind: str = "normal") -> Button:
        button = Button("", kind="main" if kind == "main" else "normal")
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        bind(button, self._services, action_id, cap=True)
        return button

    # -- contents ----------------------------------------------------------------------------

    def _proposal(self, shown: list[Annotation]) -> Annotation | None:
        """The one proposal that "accept" is about: the selected one, else the surest."""
        chosen = [each for each in shown if each.id in self._session.selection]
        if len(chosen) > 1:
            return None
        return chosen[0] if chosen else max(shown, key=_certainty)

    def refresh(self, *_: object) -> None:
        """Show what waits now, or hide."""
        session = self._session
        here = session.tool == "select" and session.place == "correct"
        shown = session.visible_proposals() if here else []
        if not shown:
            self.hide()
            return
        self._say(shown)
        self.show()
        self.updateGeometry()

    def _say(self, shown: list[Annotation]) -> None:
        session = self._session
        sources = {each.source for each in shown}
        model = session.model
        known = model.name if sources == {model.id} and model.name else ""
        self.title.set_text(plural(len(shown), "proposal") + (f" from {known}" if known else ""))
        hidden = len(session.document.proposals) - len(shown) if session.document else 0
        self.detail.set_text(f"{hidden:,} more {self._hidden_by()}" if hidden else "")
        self._words(shown, 0)
        self._full = self._wanted_width()
        self._fit(shown, self.width())

    def _hidden_by(self) -> str:
        """Why proposals of the open image do not show."""
        session = self._session
        limits, document = session.filter, session.document
        waiting = document.proposals.values() if document is not None else ()
        out = [each for each in waiting if not limits.shows(each)]
        common = all(not limits.own_limits(each.class_id) for each in out)
        low = all(each.score is not None and each.score < limits.show_above for each in out)
        if out and common and low:
            return f"below {limits.show_above:.2f}"
        return "hidden by the limits" if out else "of hidden classes"

    def _fit(self, shown: list[Annotation], room: int) -> None:
        """Say it in fewer words where there is little room."""
        for level in range(5):
            self._words(shown, level)
            if self._wanted_width() <= room:
                break
        self.aside.setVisible(level == 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        shown = self._session.visible_proposals()
        if shown:
            self._fit(shown, event.size().width())

    def _wanted_width(self) -> int:
        shown = [each for each in self._buttons() if not each.isHidden()]
        below = sum(each.sizeHint().width() + 8 for each in shown) + 8
        return below + 28

    def _buttons(self) -> tuple[Button, ...]:
        return (self.accept, self.accept_class, self.accept_all, self.reject, self.next)

    def _words(self, shown: list[Annotation], level: int) -> None:
        """0: whole; 1: without the first name; 2: without names; 3, 4: without the last buttons."""
        session = self._session
        limit = session.filter.accept_above
        one = self._proposal(shown)
        several = sum(each.id in session.selection for each in shown)
        name = session.taxonomy.name(one.class_id) if one is not None else ""
        has_score = one is not None and one.score is not None and level < 3
        score = f" {one.score:.2f}" if one is not None and has_score else ""
        named = "" if level else f" {_cut(name)}"
        self.accept.set_text(f"Accept{named}{score}" if one else f"Accept {several:,}")
        chosen = [each for each in shown if each.id in session.selection]
        class_id = chosen[0].class_id if chosen else session.current_class
        group = [each for each in shown if each.class_id == class_id]
        shown_name = _cut(session.taxonomy.name(class_id)) if class_id is not None else ""
        every = "All" if level else "Accept all"
        shown_name = "of class" if level == 2 else shown_name
        self.accept_class.set_text(f"{every} {shown_name} ({len(group):,})")
        self.accept_class.setVisible(bool(group) and level < 3)
        self.accept_all.setVisible(level < 4)
        self.next.setVisible(level < 3)
        sure = [each for each in shown if each.score is None or each.score >= limit]
        above = f"{limit:.2f}" if level > 2 else f"above {limit:.2f}"
        self.accept_all.set_text(f"{every} {above} ({len(sure):,})")
        by_doubt = session.listing.order == "doubt"
        doubtful = by_doubt and any(session.filter.doubts(each) for each in shown)
        self.next.set_text("Next doubtful" if doubtful and not level else "Next")

    def sizeHint(self) -> QSize:
        """See QWidget."""
        return QSize(max(self._full, theme().px(560)), super().sizeHint().height())


def _certainty(each: Annotation) -> float:
    return 1.0 if each.score is None else each.score


def _cut(name: str) -> str:
    return name if len(name) <= 18 else name[:17].rstrip() + "…"
