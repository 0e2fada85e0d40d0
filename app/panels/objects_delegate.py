"""A row of the object list, and the heading of a class of proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.panels.common import plural, score_text, short_count
from app.panels.objects_model import ObjectsModel, Row
from app.panels.row_view import Index, RowDelegate, RowView
from app.theme import paint
from app.theme.icons import paint_icon
from app.theme.swatch import draw_swatch
from app.theme.theme import theme
from engine.document.annotation import PERSON, is_import

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.annotation import Annotation

NUMBER, AREA, SCORE = 36, 52, 40  # column widths, logical pixels
NARROW, SMALL = 300, 210  # below these the area, then the number column is dropped


def state_mark(session: Session, each: Annotation) -> tuple[str, str, str]:
    """Icon, colour token and words of an object's state."""
    if session.filter.doubts(each):
        return "question", "state.warning", "doubtful"
    if each.proposal:
        return "circle-dashed", "accent.base", "proposal, not accepted yet"
    if each.locked:
        return "lock-simple", "text.secondary", "locked"
    if each.edited or each.source == PERSON:
        return "pencil-simple", "text.secondary", "drawn or edited by hand"
    if is_import(each.source):
        return "download-simple", "text.secondary", "imported"
    return "check", "state.ok", "accepted"


class ObjectsDelegate(RowDelegate):
    """See the module.

    Parts of an object: "show" while hidden; of a group: "limits", "accept", "reject", "fold".
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session

    @staticmethod
    def _row(index: Index) -> Row:
        model = index.model()
        assert isinstance(model, ObjectsModel)
        return model.rows[index.row()]

    def ground(self, index: Index) -> bool:
        """See RowDelegate."""
        return self._row(index).kind == "object"

    def parts(self, rect: QRect, index: Index) -> dict[str, QRect]:
        """See RowDelegate."""
        row, look = self._row(index), theme()
        if row.kind == "group":
            side = look.target(26)
            reject = QRect(rect.right() - side - 4, rect.top() + 1, side, rect.height() - 2)
            width = paint.text_width(look.font("small", "medium"), "Accept") + look.px(20)
            accept = QRect(reject.left() - width - 8, rect.top() + 2, width, rect.height() - 4)
            limits = QRect(accept.left() - side - 6, rect.top() + 1, side, rect.height() - 2)
            fold = QRect(rect.left(), rect.top(), limits.left() - rect.left(), rect.height())
            found = {"accept": accept, "reject": reject} if row.count else {}
            return {**found, "limits": limits, "fold": fold}
        if row.annotation is not None and row.annotation.hidden:
            left = rect.left() + look.px(4)
            return {"show": QRect(left, rect.top(), look.target(24), rect.height())}
        return {}

    def tip(self, part: str, index: Index) -> str:
        """See RowDelegate."""
        row = self._row(index)
        name = self._session.taxonomy.name(row.class_id)
        if row.kind == "group":
            words = {
                "accept": f"Accept {plural(row.count, 'proposal')} of {name}",
                "reject": f"Reject {plural(row.count, 'proposal')} of {name}",
                "limits": f"Limits of {name} alone: lowest score, smallest area",
                "fold": f"{name}, {row.hidden:,} hidden by its limits" if row.hidden else name,
            }
            return words.get(part, name)
        each = row.annotation
        if each is None:
            return ""
        if part == "show":
            return "Show this object"
        state = state_mark(self._session, each)[2]
        lines = [f"{name}, number {each.id}, {state}", plural(each.mask.area, "pixel")]
        lines += [each.note] if each.note else []
        return "\n".join(lines)

    def paint_row(self, painter: QPainter, rect: QRect, index: Index, hot: str) -> None:
        """See RowDelegate."""
        row = self._row(index)
        if row.kind == "group":
            self._paint_group(painter, rect, index, row, hot)
        elif row.annotation is not None:
            self._paint_object(painter, rect, row.annotation)
        else:
            self._paint_section(painter, rect, row)

    def _style(self, class_id: int) -> tuple[QColor, int]:
        found = self._session.taxonomy.get(class_id)
        if found is None:
            return theme().color("text.secondary"), 0
        style = theme().class_style(found)
        return style.color, style.hatch

    def _paint_section(self, painter: QPainter, rect: QRect, row: Row) -> None:
        look = theme()
        painter.fillRect(
            rect.left() - 5, rect.top(), rect.width() + 10, 1, look.color("border.hairline")
        )
        area = rect.adjusted(look.px(7), 2, -look.px(7), 0)
        font, color = look.font("small", "semibold"), look.color("text.secondary")
        paint.draw_text(painter, area, row.text.upper(), font, color)
        if row.count:
            count = look.font("small", "medium")
            paint.draw_text(painter, area, f"{row.count:,}", count, color, paint.RIGHT)

    def _paint_group(
        self, painter: QPainter, rect: QRect, index: Index, row: Row, hot: str
    ) -> None:
        look, parts = theme(), self.parts(rect, index)
        middle = rect.center().y() + 0.5
        left = rect.left() + look.px(6)
        self._mark(painter, left, middle, "caret-right" if row.folded else "caret-down", 12)
        left += look.px(20)
        color, hatch = self._style(row.class_id)
        side = look.px(14)
        box = QRectF(left, round(middle - side / 2), side, side)
        draw_swatch(painter, box, color, hatch, proposal=True)
        left += side + look.px(9)
        font = look.font("small", "medium")
        primary, secondary = look.color("text.primary"), look.color("text.secondary")
        if row.count:
            edge = look.color("border.control")
            fill = look.color("surface.hover" if hot == "accept" else "surface.raised")
            paint.rounded(painter, parts["accept"], look.radius("control"), fill, edge)
            paint.draw_text(painter, parts["accept"], "Accept", font, primary, paint.CENTER)
            self._paint_button(painter, parts["reject"], "x", hot == "reject")
        limits, own = parts["limits"], self._session.filter.own_limits(row.class_id)
        role = "accent.base" if own else "text.secondary"
        self._paint_button(painter, limits, "sliders-horizontal", hot == "limits", role)
        words = f"{row.count:,} of {row.count + row.hidden:,}" if row.hidden else f"{row.count:,}"
        width = int(paint.text_width(font, words)) + 2
        count = QRect(limits.left() - width - look.px(6), rect.top(), width, rect.height())
        paint.draw_text(painter, count, words, font, secondary, paint.RIGHT)
        room = count.left() - int(left) - 6
        name = QRect(int(left), rect.top(), room, rect.height())
        words = self._session.taxonomy.name(row.class_id)
        paint.draw_text(painter, name, words, look.font("body", "semibold"), primary)

    def _paint_button(
        self, painter: QPainter, area: QRect, icon: str, hot: bool, role: str = "text.secondary"
    ) -> None:
        look = theme()
        if hot:
            paint.rounded(painter, area, look.radius("control"), look.color("surface.hover"))
        mark = QRectF(0, 0, look.px(14), look.px(14))
        mark.moveCenter(QRectF(area).center())
        paint_icon(painter, mark, icon, look.color("text.primary" if hot else role))

    def _mark(
        self,
        painter: QPainter,
        left: float,
        middle: float,
        icon: str,
        side: int,
        role: str = "text.secondary",
    ) -> None:
        size = theme().px(side)
        area = QRectF(left, middle - size / 2, size, size)
        paint_icon(painter, area, icon, theme().color(role))

    def _paint_object(self, painter: QPainter, rect: QRect, each: Annotation) -> None:
        look = theme()
        middle = rect.center().y() + 0.5
        indent = look.px(10) if self._indented(each) else 0
        left = rect.left() + look.px(9) + indent
        icon, role, _ = state_mark(self._session, each)
        if each.hidden:
            icon, role = "eye-slash", "text.secondary"
        self._mark(painter, left, middle, icon, 15, role)
        left += look.px(24)
        color, hatch = self._style(each.class_id)
        side = look.px(14)
        box = QRectF(left, round(middle - side / 2), side, side)
        draw_swatch(painter, box, color, hatch, proposal=each.proposal, faded=each.hidden)
        left += side + look.px(9)
        right = self._paint_figures(painter, rect, each)
        name = QRect(int(left), rect.top(), right - int(left) - 4, rect.height())
        chosen = each.id in self._session.selection
        font = look.font("body", "semibold" if chosen else "medium")
        color = look.color("text.secondary" if each.hidden else "text.primary")
        words = self._session.taxonomy.name(each.class_id)
        width = paint.draw_text(painter, name, words, font, color)
        if each.note and width + look.px(22) < name.width():
            self._mark(painter, left + width + look.px(6), middle, "note", 13)

    def _indented(self, each: Annotation) -> bool:
        view = self.parent()
        held = view.model() if isinstance(view, RowView) else None
        return isinstance(held, ObjectsModel) and held.in_groups and each.proposal

    def _paint_figures(self, painter: QPainter, rect: QRect, each: Annotation) -> int:
        look, right = theme(), rect.right() - theme().px(7)
        font, secondary = look.font("small", "medium"), look.color("text.secondary")
        doubtful = self._session.filter.doubts(each) and each.score is not None
        color = look.color("state.warning") if doubtful else secondary
        score = score_text(each.score if each.proposal else None)
        columns = [(score, SCORE, color)]
        if rect.width() >= look.px(NARROW):
            columns.append((short_count(each.mask.area), AREA, secondary))
        if rect.width() >= look.px(SMALL):
            columns.append((str(each.id), NUMBER, secondary))
        for text, width, ink in columns:
            wide = max(look.px(width), paint.text_width(font, text) + look.px(8))
            area = QRect(right - wide, rect.top(), wide, rect.height())
            bold = look.font("small", "semibold") if ink is not secondary else font
            paint.draw_text(painter, area, text, bold, ink, paint.RIGHT)
            right -= wide
        return right
