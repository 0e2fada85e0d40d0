"""A canvas on a document in memory: real session, real events, no project file."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.canvas.widget import Canvas
from app.session import Session
from app.theme.theme import theme
from engine.document.annotation import Annotation
from engine.document.document import Document
from engine.document.history import History
from engine.document.taxonomy import LabelClass, Taxonomy

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
MIDDLE, NONE = Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier
PERSON, BOAT, SKY = 2, 3, 4  # two things and a stuff class

CLASSES = Taxonomy(
    [
        LabelClass(id=PERSON, name="person", color="#2070EF", order=0),
        LabelClass(id=BOAT, name="boat", color="#EF8F30", order=1),
        LabelClass(id=SKY, name="sky", color="#00EF9F", order=2, thing=False),
    ]
)


class Memory:
    """What the session needs of a project, without a file."""

    read_only, owner = False, "Another window has this project open."

    def __init__(self, taxonomy):
        self.taxonomy = taxonomy
        self.on_saved, self.on_failed = [], []

    def images(self):
        return []


def annotation(number, mask, class_id=PERSON, **fields):
    return Annotation(id=number, class_id=class_id, mask=mask, order=number, **fields)


class Desk:
    """A session with a document, and hands that send real events to a real canvas."""

    left, right, middle = LEFT, RIGHT, MIDDLE

    def __init__(self, qtbot, folder):
        self.qtbot, self.folder = qtbot, folder
        theme().apply(QApplication.instance(), "dark")
        self.triggered = []
        self.session = Session()
        self.session.place = "correct"
        actions = SimpleNamespace(trigger=self.triggered.append)
        services = SimpleNamespace(session=self.session, actions=actions)
        self.canvas = Canvas(services)
        qtbot.addWidget(self.canvas)
        self.canvas.resize(500, 400)
        self.said = []
        self.session.said.connect(lambda text, level: self.said.append(text))
        self.session.refresh_images = lambda ids=None: None

    def open(self, size=(200, 300), annotations=(), taxonomy=CLASSES, path=None, **fields):
        """Show an image: grey noise, unless a file is given."""
        if path is None:
            path = Path(self.folder) / f"photo_{size[1]}x{size[0]}.png"
            noise = np.random.default_rng(0).integers(90, 110, (*size, 3), dtype=np.uint8)
            Image.fromarray(noise).save(path)
        session = self.session
        session.project = Memory(taxonomy)
        session.image = SimpleNamespace(
            id=1,
            path=Path(path),
            stored_path=str(path),
            page=0,
            tone=None,
            size=size,
            file_name=path.name,
        )
        session.document = Document(1, size, annotations=annotations, **fields)
        session.history = History(session.document)
        session.document.subscribers.append(session._on_document)
        session.selection, session.hovered = frozenset(), None
        session.image_changed.emit()
        session.taxonomy_changed.emit()
        session.current_class = None
        session.set_class(taxonomy.classes[0].id if taxonomy.classes else None)
        if not self.canvas.isVisible():
            self.canvas.show()
            self.qtbot.waitExposed(self.canvas)
        self.canvas.settle()
        return session.document

    @property
    def document(self):
        return self.session.document

    def mouse(self, kind, x, y, button=LEFT, held=LEFT, keys=PLAIN):
        """One event at image pixels."""
        at = self.canvas.to_widget(x, y)
        where = QPointF(self.canvas.mapToGlobal(at))
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, where, button, held, keys))

    def press(self, x, y, button=LEFT, keys=PLAIN):
        self.mouse(QEvent.Type.MouseButtonPress, x, y, button, button, keys)

    def move(self, x, y, held=LEFT, keys=PLAIN):
        self.mouse(QEvent.Type.MouseMove, x, y, NONE, held, keys)

    def release(self, x, y, button=LEFT, keys=PLAIN):
        self.mouse(QEvent.Type.MouseButtonRelease, x, y, button, NONE, keys)

    def hover(self, x, y):
        self.move(x, y, NONE)

    def click(self, x, y, button=LEFT, keys=PLAIN):
        self.press(x, y, button, keys)
        self.release(x, y, button, keys)

    def stroke(self, *points, button=LEFT, keys=PLAIN):
        self.press(*points[0], button, keys)
        for point in points[1:]:
            self.move(*point, button, keys)
        self.release(*points[-1], button, keys)

    def pixels(self):
        """What the canvas shows, uint8 (h, w, 3)."""
        QApplication.processEvents()
        image = (
            self.canvas.grab().toImage().convertToFormat(self.canvas.picture.scene.image.format())
        )
        rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
        return np.stack([rows >> 16 & 255, rows >> 8 & 255, rows & 255], 2).astype(np.uint8)

    def color_at(self, x, y):
        """The colour shown at an image pixel."""
        at = self.canvas.to_widget(x, y)
        return self.pixels()[int(at.y()), int(at.x())].astype(int)
