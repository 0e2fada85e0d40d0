"""The menu of the open file's pages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget, QWidgetAction

from app.services import Services
from app.theme.widgets import ElidedLabel, NumberField

_ENTRIES = ("image.next_page", "image.previous_page", "", "image.list_pages", "image.unlist_pages")


def page_menu(services: Services, go: Callable[[int], None], parent: QWidget) -> QMenu:
    """A field for the number of a page, and what can be done with all of them.

    Args:
        services: the running program.
        go: called with a page, from 0.
        parent: of the menu, which deletes itself when it is closed.
    """
    menu, actions, paging = QMenu(parent), services.actions, services.session.paging
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    field = NumberField("Page", 1, max(1, paging.count))
    field.setValue(paging.page + 1)
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(12, 6, 12, 6)
    row.setSpacing(8)
    row.addWidget(ElidedLabel("Page", role="text.secondary"))
    row.addWidget(field)
    row.addWidget(ElidedLabel(f"of {paging.count:,}", role="text.secondary"))
    place = QWidgetAction(menu)
    place.setDefaultWidget(line)
    menu.addAction(place)

    def choose() -> None:
        menu.close()
        go(field.value() - 1)

    field.lineEdit().returnPressed.connect(choose)
    menu.aboutToShow.connect(field.setFocus)
    menu.aboutToShow.connect(field.selectAll)
    menu.addSeparator()
    for name in _ENTRIES:
        if not name:
            menu.addSeparator()
            continue
        entry = menu.addAction(f"{actions.get(name).text}\t{actions.key_text(name)}")
        entry.setEnabled(not actions.missing(name))
        entry.triggered.connect(lambda _on=False, one=name: actions.trigger(one))
    return menu
