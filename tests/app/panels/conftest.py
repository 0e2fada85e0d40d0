"""A real project, session and actions around the panels; the rest is stood in for."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QApplication

from app.action_table import ACTIONS
from app.actions import Actions
from app.services import Services
from app.session import ModelState, Session
from app.settings import Settings
from app.theme.theme import theme
from engine.document import edits, taxonomy_commands
from engine.document.annotation import Annotation
from engine.errors import EngineError
from engine.masks.raster import disc
from engine.store.project import Project

SIZE = (512, 512)


class Thumbs(QObject):
    ready = Signal(int)

    def __init__(self):
        super().__init__()
        self.bad = set()
        self.asked = []

    def get(self, image_id):
        self.asked.append(image_id)
        pixmap = QPixmap(184, 132)
        pixmap.fill(QColor("#446688"))
        return pixmap

    def unreadable(self, image_id):
        return image_id in self.bad


class Jobs(QObject):
    changed = Signal(str)

    def __init__(self):
        super().__init__()
        self.now = []
        self.cancelled = []

    def running(self, kind=None):
        return [job for job in self.now if kind is None or job.kind == kind]

    def cancel(self, job_id):
        self.cancelled.append(job_id)


class Catalog:
    def get(self, model_id):
        if model_id != "deeplab":
            raise EngineError("There is no such model.")
        return SimpleNamespace(card=SimpleNamespace(name="DeepLab VOC v7"))


class Bench:
    """Builds what a panel needs and remembers what was asked for."""

    def __init__(self, folder):
        self.folder = folder
        self.session = Session()
        self.actions = Actions(self.session)
        self.ran = []
        self.reasons = {}
        for action in ACTIONS:
            self.actions.handle(
                action.id,
                lambda name=action.id: self.ran.append(name),
                lambda name=action.id: self.reasons.get(name, ""),
            )
        self.thumbs, self.jobs = Thumbs(), Jobs()
        self.settings = Settings()
        self.services = Services(
            self.session, self.settings, self.actions, self.thumbs, self.jobs, None, Catalog()
        )
        self.said = []
        self.session.said.connect(lambda text, level: self.said.append((text, level)))

    def open(self, images=6, classes=("person", "helmet", "flag"), open_first=True):
        self.project = Project.create(self.folder / "crew.maskwright", "Crew")
        for name in classes:
            self.project.project_history.do(
                taxonomy_commands.add_class(self.project.taxonomy, name)
            )
        paths = [self.folder / f"astronaut_{k:02}.png" for k in range(images)]
        self.rows = self.project.add_images(paths, [SIZE] * images)
        self.session.set_project(self.project)
        self.session.set_place("correct")
        if open_first and self.rows:
            self.session.open_image(self.rows[0].id)
        return self

    @property
    def classes(self):
        return self.project.taxonomy.classes

    @property
    def document(self):
        return self.session.document

    def propose(self, *things, image=None):
        """Proposals as (class place, centre x, centre y, radius, score)."""
        ids = self.project.new_ids(len(things))
        proposals = [
            Annotation(
                id=number,
                class_id=self.classes[place].id,
                mask=disc((x, y), radius, SIZE),
                score=score,
                source="deeplab",
                proposal=True,
            )
            for number, (place, x, y, radius, score) in zip(ids, things, strict=True)
        ]
        target = image or self.session.image.id
        self.project.set_proposals(target, proposals)
        self.session.refresh_images([target])
        return list(ids)

    def accept(self, ids):
        self.session.do(edits.accept(self.document, ids, self.project.taxonomy))

    def model(self, **fields):
        values = {"id": "deeplab", "name": "DeepLab VOC · v7", "state": "ready"} | fields
        self.session.set_model(ModelState(**values))

    def close(self):
        self.session.set_project(None)
        if hasattr(self, "project"):
            self.project.close()


@pytest.fixture
def bench(qtbot, tmp_path):
    """Nothing is open yet; ``bench.open()`` opens a project of six images and three classes."""
    theme().apply(QApplication.instance(), "dark")
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def show(qtbot):
    """Show a widget at a size and wait until it is on screen."""

    def run(widget, width=400, height=600):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    return run


@pytest.fixture
def settle(qtbot):
    """Wait until a condition holds; for what panels do a moment later."""

    def run(condition):
        qtbot.waitUntil(condition, timeout=3000)

    return run
