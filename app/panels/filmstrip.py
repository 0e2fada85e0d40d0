"""The queue of images: its rule, how far it is, and a frame for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.panels.common import bind, plural
from app.panels.filmstrip_model import FrameDelegate, FrameModel
from app.panels.frame_view import FrameView, SearchField
from app.panels.queue import FILTERS, RULES, Only, Rule, arrange, hand_orders
from app.theme.theme import theme
from app.theme.widgets import (
    Button,
    CapButton,
    ElidedLabel,
    Hairline,
    IconButton,
    MenuLabel,
    Surface,
    ThinProgress,
)
from engine.document.document import Status
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.services import Services

SIDE = 236  # width of the box at the left, logical pixels


class Filmstrip(Surface):
    """See the module.

    The order is made anew when the list, the rule or the filter changes, and a moment after other
    images than the open one changed; never because of what is being done to the open image.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__("surface.base", "t", parent)
        self._services, self._session = services, services.session
        self.rule: Rule = "certain"
        self.only: Only = "all"
        self.among: tuple[frozenset[int], str] | None = None  # only these images, and what they are
        self._folded = False
        self.setAccessibleName("Filmstrip")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.model = FrameModel(services, self)
        self._build()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(600)
        self._later.timeout.connect(self._arrange)
        session = self._session
        session.project_changed.connect(self._on_project)
        session.images_changed.connect(self._on_images)
        session.image_changed.connect(self._on_image)
        session.among_asked.connect(self.set_among)
        session.filter_changed.connect(self.view.viewport().update)
        services.thumbnails.ready.connect(self.model.repaint)
        theme().changed.connect(self._on_look)
        self._on_project()
        self._on_look()

    # -- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 1, 0, 0)
        self._pages.addWidget(self._open_page())
        self._pages.addWidget(self._folded_page())

    def _step_buttons(self) -> list[Button]:
        buttons: list[Button] = []
        for name in ("image.previous", "image.next"):
            button = CapButton()
            bind(button, self._services, name, cap=True)
            buttons.append(button)
        return buttons

    def _open_page(self) -> QWidget:
        page = QWidget()
        self.title = ElidedLabel("Queue", "body", "semibold")
        find = IconButton("magnifying-glass", "Find an image", side=24)
        bind(find, self._services, "list.find")
        find.set_icon_side(14)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.title, 1)
        head.addWidget(find)
        for button in self._step_buttons():
            head.addWidget(button)
        self.search = SearchField()
        self.search.left.connect(self.leave_search)
        self.search.textChanged.connect(self._arrange)
        self.search.hide()
        self.order = MenuLabel()
        self.order.clicked.connect(self._order_menu)
        self.progress = ThinProgress("Images done", 4)
        self.words = ElidedLabel("", "small", role="text.secondary")
        box = QWidget()
        box.setFixedWidth(theme().px(SIDE))
        column = QVBoxLayout(box)
        column.setContentsMargins(14, 5, 18, 6)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.search)
        column.addLayout(_shifted(self.order))
        column.addWidget(self.progress)
        column.addWidget(self.words)
        self._box = box
        self.view = FrameView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(FrameDelegate(self._services, self.view))
        self.view.clicked.connect(self._open)
        self.view.activated.connect(self._open)
        self.model.moved.connect(self._on_moved)
        self.model.looks_new.connect(self.view.update)
        self.none = ElidedLabel("", role="text.secondary")
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(box)
        line = Hairline(vertical=True)
        line.setFixedHeight(theme().px(62))
        row.addWidget(line)
        row.addSpacing(11)
        row.addWidget(self.none, 1)
        row.addWidget(self.view, 1)
        return page

    def _folded_page(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(14, 0, 8, 0)
        row.setSpacing(8)
        icon = IconButton("stack", "Show the filmstrip")
        bind(icon, self._services, "view.filmstrip")
        row.addWidget(icon)
        row.addWidget(ElidedLabel("Queue", "body", "semibold"))
        self.folded_words = ElidedLabel("", "small", role="text.secondary")
        self.folded_words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row.addWidget(self.folded_words, 1)
        self.folded_progress = ThinProgress("Images done", 4)
        self.folded_progress.setMaximumWidth(theme().px(160))
        row.addWidget(self.folded_progress, 1)
        self.folded_done = ElidedLabel("", "small", role="text.secondary")
        row.addWidget(self.folded_done)
        for button in self._step_buttons():
            row.addWidget(button)
        unfold = IconButton("caret-up", "Show the filmstrip")
        bind(unfold, self._services, "view.filmstrip")
        row.addWidget(unfold)
        return page

    # -- contents ----------------------------------------------------------------------------

    def _on_look(self) -> None:
        size = "filmstripFolded" if self._folded else "filmstrip"
        self.setFixedHeight(theme().size(size))
        self._box.setFixedWidth(theme().px(SIDE))
        self.view.doItemsLayout()

    @property
    def is_folded(self) -> bool:
        """Whether only the line of words shows."""
        return self._folded

    def set_folded(self, folded: bool) -> None:
        """Keep only one line of words."""
        if folded != self._folded:
            self._folded = folded
            self._pages.setCurrentIndex(1 if folded else 0)
            self._on_look()

    def _on_project(self) -> None:
        project = self._session.project
        rule = project.setting("queue_rule", "certain") if project else "certain"
        self.rule = rule if rule in RULES else "certain"
        self.only, self.among = "all", None
        self.search.clear()
        self._arrange()

    def _on_images(self, changed: set[int] | None) -> None:
        if changed is None:
            self._arrange()
            return
        for number in changed:
            self.model.repaint(number)
        image = self._session.image
        if changed - ({image.id} if image is not None else set()):
            self._later.start()
        self._on_progress()

    def _arrange(self) -> None:
        """Make the order anew; what is open stays in view."""
        self._later.stop()
        session = self._session
        ids = arrange(session.images, self.rule, self.only, self.search.text())
        if self.among is not None:
            ids = [number for number in ids if number in self.among[0]]
        whole = self.only == "all" and self.among is None and not self.search.text()
        self.model.by_hand = self.rule == "hand" and whole
        self.model.set_ids(ids)
        session.set_queue(ids if session.project is not None else None)
        words = RULES[self.rule]
        some = self.among[1] if self.among else FILTERS[self.only].lower()
        self.order.set_text(words if self.only == "all" and not self.among else f"{words} · {some}")
        self.order.setAccessibleName(f"Order of the queue: {words}")
        self.view.setVisible(bool(ids))
        self.none.setVisible(not ids)
        self.none.set_text(self._nothing())
        self._on_image()

    def _nothing(self) -> str:
        if self._session.project is None or not self._session.images:
            return "No images yet. Drop some here, or open a folder."
        text = self.search.text().strip()
        if text:
            return f"Nothing called “{text}”. Try another part of the name."
        if self.among is not None:
            return f"No image here: {self.among[1]}. Show all images with the menu."
        return f"No image here: {FILTERS[self.only].lower()}. Show all images with the menu."

    def _on_image(self) -> None:
        image = self._session.image
        index = self.model.index_of(image.id) if image is not None else QModelIndex()
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        self.view.viewport().update()
        self._on_progress()

    def _on_progress(self) -> None:
        session = self._session
        total, done = len(session.images), session.status_counts()[Status.DONE]
        fraction = done / total if total else 0.0
        self.progress.set_fraction(fraction)
        self.folded_progress.set_fraction(fraction)
        self.words.set_text(f"{done:,} of {total:,} done")
        self.folded_done.set_text(f"{done:,} done")
        place = self.view.currentIndex().row() + 1
        shown = len(self.model.ids)
        words = RULES[self.rule].lower()
        at = f"{place:,} of {shown:,}" if place else plural(shown, "image")
        self.folded_words.set_text(f"{at} · {words}")

    # -- acting ------------------------------------------------------------------------------

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row(index)
        if row is None:
            return
        try:
            self._session.open_image(row.id)
        except EngineError as problem:
            self._session.say(str(problem), "error")
            self._on_image()

    def _order_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for rule, words in RULES.items():
            entry = menu.addAction(words)
            entry.setCheckable(True)
            entry.setChecked(rule == self.rule)
            entry.triggered.connect(lambda _on=False, one=rule: self.set_rule(one))
        menu.addSeparator()
        for only, words in FILTERS.items():
            entry = menu.addAction(words)
            entry.setCheckable(True)
            entry.setChecked(only == self.only and self.among is None)
            entry.triggered.connect(lambda _on=False, one=only: self.set_only(one))
        above = QPoint(0, -menu.sizeHint().height() - 4)
        menu.popup(self.order.mapToGlobal(above))

    def set_rule(self, rule: Rule) -> None:
        """Order the images by another rule; kept with the project."""
        self.rule = rule
        project = self._session.project
        if project is not None and not project.read_only:
            project.set_setting("queue_rule", rule)
        self._arrange()

    def set_only(self, only: Only) -> None:
        """Show only some of the images."""
        self.only, self.among = only, None
        self._arrange()

    def set_among(self, ids: frozenset[int], words: str) -> None:
        """Show only these images."""
        self.only, self.among = "all", (ids, words)
        self._arrange()

    def focus_search(self) -> None:
        """Show the search field and put the cursor there."""
        if self._folded:
            self._services.actions.trigger("view.filmstrip")
        self.order.hide()
        self.search.show()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def leave_search(self) -> None:
        """Take the search field away and show all images again."""
        self.search.clear()
        self.search.hide()
        self.order.show()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_moved(self, ids: list[int]) -> None:
        """An image was dragged to another place."""
        project = self._session.project
        if project is None or project.read_only:
            return
        images = self._session.images
        orders = dict(zip(images.ids(), images.column("order").tolist(), strict=True))
        changed = hand_orders(ids, orders)
        with project.together():
            for number, order in changed.items():
                project.set_image(number, order=order)
        self._session.refresh_images()

    def setFocus(self, *reason: object) -> None:
        """Give the focus to the frames."""
        self.view.setFocus(*reason)


def _shifted(label: MenuLabel) -> QHBoxLayout:
    """The words of a menu label in line with what stands above and below it."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.addSpacing(-theme().px(6))
    row.addWidget(label)
    row.addStretch(1)
    return row
