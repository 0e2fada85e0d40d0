"""The menu behind the top bar's button, made from the action table."""

from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from app.actions import Actions
from app.settings import Settings
from app.theme.paint import menu_text


def main_menu(actions: Actions, settings: Settings, parent: QWidget) -> QMenu:
    """One menu with a submenu per group; "Undo" says what it would undo when it opens."""
    menu = QMenu(parent)
    groups: dict[str, QMenu] = {}
    for action in actions.all():
        if action.held or (action.id.startswith("class.") and action.id[6:].isdigit()):
            continue  # keys only: a menu entry for them would only be noise
        group = groups.get(action.group)
        if group is None:
            group = groups[action.group] = menu.addMenu(action.group)
            group.setToolTipsVisible(True)
        group.addAction(actions.qaction(action.id))
    recent = QMenu("Open recent", menu)
    groups["File"].insertMenu(actions.qaction("file.import"), recent)

    def fill_recent() -> None:
        recent.clear()
        for path in settings.recent():
            entry = recent.addAction(menu_text(Path(path).stem))
            entry.setToolTip(path)
            entry.triggered.connect(lambda _on=False, one=path: actions.open_recent(one))
        recent.setEnabled(not recent.isEmpty())

    def refresh() -> None:
        fill_recent()
        for action in actions.all():
            live = actions.qaction(action.id)
            reason = actions.missing(action.id)
            live.setToolTip(reason or action.text)
        for name in ("edit.undo", "edit.redo"):
            actions.qaction(name).setText(menu_text(actions.text(name)))

    menu.aboutToShow.connect(refresh)
    return menu
