"""A real project, session and job center around the places; only processes are left out."""

import os

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal

from app.actions import Actions
from app.jobs import JobCenter
from app.services import Services
from app.session import ModelState, Session
from app.settings import Settings
from app.theme.theme import theme
from app.thumbnails import Thumbnails
from app.workers import Workers
from engine.document.annotation import Annotation
from engine.document.document import Status
from engine.document.taxonomy import BACKGROUND
from engine.jobs import launch
from engine.jobs.events import Metric, Note, Progress
from engine.jobs.folder import Done, JobFolder, Process
from engine.jobs.job import EvaluateSpec, TrainSpec
from engine.jobs.take_up import register
from engine.masks.class_map import ClassMap
from engine.masks.mask import Mask
from engine.models.answer import Answer, Found
from engine.models.card import Card, CardClass, InputSpec, OutputSpec, save_card
from engine.models.catalog import Catalog
from engine.store import Project

LONG = "helmet with the visor closed and a national flag on its left side"
SIZE = (120, 160)


class FakeInference(QObject):
    """Answers from a list, at once; starts no process."""

    answered = Signal(int, object)
    failed = Signal(int, str)
    swapped = Signal(str)
    swap_failed = Signal(str, str)

    def __init__(self):
        super().__init__()
        self.answers = {}  # (model id, image name) → Answer, or a sentence
        self.asked = []
        self.inspection = {}
        self.networks = []
        self.drafts = []

    def preview(self, folder, image, done):
        self.asked.append((folder.name, image.name))
        found = self.answers.get((folder.name, image.name), "The model said nothing.")
        done(None, found) if isinstance(found, str) else done(found, "")

    def preview_draft(self, file, card, image, done, trust=""):
        self.drafts.append((file, card, trust))
        found = self.answers.get(("draft", image.name), "The model said nothing.")
        done(None, found) if isinstance(found, str) else done(found, "")

    def inspect(self, file, done, images=(), trust="", network=""):
        self.asked.append((file.name, trust))
        self.networks.append(network)
        done(self.inspection)


class Scene:
    """What a test plays with; see the fixtures."""

    LONG, SIZE = LONG, SIZE

    def __init__(self, tmp_path, monkeypatch):
        self.folder = tmp_path
        self.images = tmp_path / "images"
        self.images.mkdir()
        self.project = Project.create(tmp_path / "crew.maskwright", "Shuttle crew portraits")
        self.session = Session()
        self.settings = Settings()
        self.actions = Actions(self.session)
        self.triggered = []
        for name in ("model.add", "learn.start", "model.evaluate", "inspect.fix"):
            self.actions.handle(name, lambda name=name: self.triggered.append(name))
        self.workers = Workers()
        self.thumbnails = Thumbnails(self.session)
        self.jobs = JobCenter(self.session, self.settings, self.workers)
        self.inference = FakeInference()
        self.catalog = Catalog(
            user_dir=tmp_path / "user", project_files=self.project.files, builtin_dir=tmp_path / "b"
        )
        self.services = Services(
            self.session,
            self.settings,
            self.actions,
            self.thumbnails,
            self.jobs,
            self.inference,
            self.catalog,
        )
        self.used = []
        self.services.model_chosen.connect(self.used.append)
        self.started = []
        monkeypatch.setattr(launch, "start", self._start)

    def _start(self, folder, detached=True, nice=10):
        job = folder if isinstance(folder, JobFolder) else JobFolder(folder)
        job.set_process(Process.of(os.getpid()))
        self.started.append(job)
        return os.getpid()

    # -- project

    def add_classes(self, *names):
        for name in names:
            self.project.add_classes([self.project.taxonomy.new_class(name)])
        return [self.project.taxonomy.by_name(name).id for name in names]

    def add_image(self, name, masks, status=Status.DONE, pixels=None, fold=""):
        """An image with one object per (class id, box); done ones have background elsewhere."""
        path = self.images / name
        if pixels is None:
            ramp = np.linspace(40, 200, SIZE[1], dtype=np.uint8)
            pixels = np.broadcast_to(ramp[None, :, None], (*SIZE, 3)).copy()
        Image.fromarray(pixels).save(path)
        size = pixels.shape[:2]
        [row] = self.project.add_images([path], [size], [{"fold": fold}])
        ids = self.project.new_ids(len(masks))
        objects = [
            Annotation(id=number, class_id=class_id, mask=shape_of(shape), order=place)
            for place, (number, (class_id, shape)) in enumerate(zip(ids, masks, strict=True))
        ]
        layer = None
        if status is Status.DONE:
            layer = ClassMap.from_array(np.full(size, BACKGROUND, np.uint8))
        self.project.add_annotations(row.id, objects, layer, status)
        self.project.flush()
        return row.id

    def open(self, place="models"):
        self.session.set_project(self.project)
        self.session.set_place(place)

    # -- models and jobs

    def add_model(self, model_id, name, classes, training=None, origin="user"):
        folder = {
            "user": self.catalog.user_dir,
            "project": self.catalog.project_dir,
            "builtin": self.catalog.builtin_dir,
        }[origin] / model_id
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(b"weights")
        listed = [CardClass(index=0, name="background", background=True)]
        listed += [CardClass(index=n, name=each) for n, each in enumerate(classes, 1)]
        card = Card(
            id=model_id,
            name=name,
            file="model.onnx",
            licence="Apache-2.0",
            trained_on="PASCAL VOC 2012 photos",
            input=InputSpec(height=257, width=257),
            output=OutputSpec(),
            classes=tuple(listed),
            training=training or {},
        )
        save_card(card, folder)
        return model_id

    def use(self, model_id):
        name = self.catalog.get(model_id).card.name
        self.session.set_model(ModelState(model_id, name, "ready", "CPU · 2 threads"))

    def job(self, spec, events=(), done=None, running=False, age=60.0):
        folder = JobFolder.create(self.project.files / "jobs", spec)
        for event in events:
            folder.append(event)
        if running:
            folder.set_process(Process.of(os.getpid()))
        if done is not None:
            folder.finish(done)
            row = register(self.project, folder)
            self.project.update_job(row.id, state=done.outcome, taken=True)
        then = folder.path.stat().st_mtime - age
        os.utime(folder.path, (then, then))
        return folder

    def train_spec(self, train, held, name="v8", model="v7", **recipe):
        data = {"train": train, "held": held, "epochs": 12, "accept": "better", "max_fall": 0.02}
        return TrainSpec(
            project=str(self.project.path), model=model, name=name, recipe={**data, **recipe}
        )

    def evaluate_spec(self, model):
        return EvaluateSpec(project=str(self.project.path), model=model)

    def answer(self, model_id, image_name, objects, size=SIZE):
        found = tuple(Found(label, 0.9, shape_of(shape)) for label, shape in objects)
        self.inference.answers[model_id, image_name] = Answer(model_id, size, found, None, 0.1)

    def compare(self, images=(), **changes):
        """The data of a compare.json."""
        return {**COMPARE, "images": list(images), **changes}

    def learning_events(self, *args, **kwargs):
        return learning_events(*args, **kwargs)

    def grab(self, widget, width, height):
        """The widget painted at a size; a paint that raises ends the test."""
        widget.resize(width, height)
        return widget.grab()

    def close(self):
        self.jobs.close()
        self.thumbnails.close()
        self.session.set_project(None)
        self.project.close()
        self.workers.close()


def shape_of(shape):
    return shape if isinstance(shape, Mask) else Mask.rectangle(shape)


def learning_events(epochs=7, of=12, images=49, batch=6):
    """What a round says until it has ``epochs`` behind it."""
    steps = -(-images // batch)
    events = [Note("Learning starts from DeepLab VOC v7, 3 of 4 classes known to it, on cpu.")]
    events.append(Metric("miou_before", 0, 0.63))
    for epoch in range(1, epochs + 1):
        for step in range(steps):
            number = (epoch - 1) * steps + step + 1
            wobble = 0.03 * ((number * 7919) % 13 - 6) / 6
            events.append(Metric("loss", number, 1.5 * 0.97**number + 0.2 + wobble))
        events.append(Metric("held_loss", epoch, 1.1 * 0.8**epoch + 0.3))
        events.append(Metric("miou", epoch, 0.66 - 0.15 * 0.6**epoch))
    events.append(Progress(epochs * images + 12, of * images, f"Epoch {epochs + 1} of {of}", 220.0))
    return events


COMPARE = {
    "classes": [
        {"id": 2, "name": "person", "iou_before": 0.86, "iou_after": 0.87, "pixels": 812_331},
        {"id": 3, "name": LONG, "iou_before": 0.63, "iou_after": 0.72, "pixels": 92_114},
        {"id": 4, "name": "cat", "iou_before": 0.92, "iou_after": 0.89, "pixels": 1_240_551},
        {"id": 5, "name": "bottle", "iou_before": None, "iou_after": 0.52, "pixels": 8_110},
    ],
    "miou_before": 0.63,
    "miou_after": 0.66,
    "images": [],
    "better": False,
    "reason": "cat fell by 0.03, more than 0.02.",
}


@pytest.fixture
def look(qapp):
    """The theme, dark, at scale 1, whatever an earlier test left."""
    found = theme()

    def reset():
        # Widgets of earlier tests wait to be deleted; each would be polished again.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if (found.name, found.scale) != ("dark", 1.0) or not qapp.styleSheet():
            found.scale = 1.0
            found._fonts.clear()
            found.apply(qapp, "dark")

    reset()
    yield found
    reset()


@pytest.fixture
def scene(look, tmp_path, monkeypatch):
    """Services around an empty project."""
    found = Scene(tmp_path, monkeypatch)
    yield found
    found.close()


@pytest.fixture
def done():
    """Makes the end of a job."""
    return lambda result=None, outcome="done", error="": Done(outcome, error, result or {})
