"""A tiny ONNX segmenter, tiny labelled pictures, and someone to tell."""

from dataclasses import dataclass, field

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from engine.training import data, loop, trainee
from engine.training.data import Shot
from engine.training.geometry import Geometry
from engine.training.samples import Samples
from engine.training.schema import Augment, Recipe, RecipeClass

SIDE = 32
CLASSES = 4
COLORS = np.array([[40, 60, 50], [220, 60, 60], [60, 90, 230]], np.uint8)


@dataclass(frozen=True)
class Input:
    """A card's input, without the module of cards, which this layer may not import."""

    name: str = "image"
    layout: str = "NCHW"
    dtype: str = "float32"
    height: int = SIDE
    width: int = SIDE
    multiple_of: int = 1
    resize: str = "stretch"
    long_side: int = 0
    tile: int = 0
    color: str = "RGB"
    range: str = "255"
    scale: float = 1.0
    mean: tuple = (127.5,)
    std: tuple = (127.5,)
    pad_value: float = 0.0


@dataclass
class Listener:
    """Writes down what a run says; ends it after so many checks when asked to."""

    checks_left: int | None = None
    metrics: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    steps: list = field(default_factory=list)

    class Stop(Exception):
        pass

    def check(self):
        if self.checks_left is not None:
            if self.checks_left == 0:
                raise self.Stop
            self.checks_left -= 1

    def progress(self, done, total, text=""):
        self.steps.append((done, total))

    def metric(self, name, step, value):
        self.metrics.append((name, step, value))

    def note(self, text, level="info"):
        self.notes.append((text, level))

    def curve(self, name):
        return [value for key, _, value in self.metrics if key == name]


def build_onnx(ending="logits", layout="NCHW", heads=1, seed=0, classes=CLASSES):
    """Image → pooled context and features → class layer(s) → resize → ending."""
    rng = np.random.default_rng(seed)
    tensors, nodes = [], []

    def constant(name, values, kind=np.float32):
        tensors.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def conv(source, name, shape, **more):
        weight = constant(f"{name}.w", rng.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape))
        bias = constant(f"{name}.b", rng.normal(0, 0.1, shape[0]))
        nodes.append(helper.make_node("Conv", [source, weight, bias], [name], **more))
        return name

    def node(kind, inputs, name, **more):
        nodes.append(helper.make_node(kind, inputs, [name], **more))
        return name

    source = "image"
    if layout == "NHWC":
        source = node("Transpose", ["image"], "image_first", perm=[0, 3, 1, 2])
    one = conv(source, "one", (8, 3, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2])
    norm = [
        constant(f"norm.{key}", values)
        for key, values in (
            ("scale", rng.uniform(0.5, 1.5, 8)),
            ("shift", rng.normal(0, 0.1, 8)),
            ("mean", rng.normal(0, 0.1, 8)),
            ("var", rng.uniform(0.5, 1.5, 8)),
        )
    ]
    one = node("Relu", [node("BatchNormalization", [one, *norm], "normed")], "one_on")
    pooled = node("GlobalAveragePool", [one], "pooled")
    shape = constant("baked", [1, 8, 1, 1], np.int64)
    pooled = node("Reshape", [pooled, shape], "reshaped")
    pooled = conv(pooled, "context", (8, 8, 1, 1))
    one = node("Relu", [node("Add", [one, pooled], "joined")], "joined_on")
    made = [conv(one, f"class{at}", (classes, 8, 1, 1)) for at in range(heads)]
    scores = made[0] if heads == 1 else node("Add", made, "summed")
    empty = constant("empty", np.zeros(0))
    scales = constant("scales", [1, 1, 2, 2])
    scores = node("Resize", [scores, empty, scales], "scores", mode="linear")
    if layout == "NHWC":
        scores = node("Transpose", [scores], "scores_last", perm=[0, 2, 3, 1])
    kind, out = TensorProto.FLOAT, scores
    if ending == "softmax":
        out = node("Softmax", [scores], "chances", axis=1 if layout == "NCHW" else 3)
    elif ending == "sigmoid":
        out = node("Sigmoid", [scores], "chances")
    elif ending == "argmax":
        axis = 1 if layout == "NCHW" else 3
        out = node("ArgMax", [scores], "classes", axis=axis, keepdims=0)
        kind = TensorProto.INT64
    size = (1, 3, SIDE, SIDE) if layout == "NCHW" else (1, SIDE, SIDE, 3)
    sizes = [1, "a", "b", "c"][: 3 if ending == "argmax" else 4]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, size)],
        [helper.make_tensor_value_info(out, kind, sizes)],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


@pytest.fixture(scope="session")
def make_onnx():
    return build_onnx


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def start(tmp_path):
    """A start from the tiny model, as a card would describe it."""

    def make(**options):
        path = tmp_path / "start.onnx"
        onnx.save(build_onnx(**options), str(path))
        layout = options.get("layout", "NCHW")
        return trainee.Start(
            name="Tiny",
            input=Input(layout=layout),
            weights=path,
            layout=layout,
            classes=tuple(range(CLASSES)),
            background=0,
        )

    return make


def picture(seed, size=(40, 48)):
    """Coloured squares on a dark ground, and their classes; one corner is not labelled."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(size, np.uint8)
    for value in (1, 2):
        top, left = rng.integers(0, size[0] - 16), rng.integers(0, size[1] - 16)
        labels[top : top + 14, left : left + 14] = value
    rgb = np.clip(COLORS[labels] + rng.normal(0, 8, (*size, 3)), 0, 255).astype(np.uint8)
    labels[:6, :6] = 255
    return rgb, labels


@pytest.fixture
def shots(tmp_path):
    """Labelled pictures in a run's folder: (folder, shots)."""
    folder = tmp_path / "run"
    folder.mkdir()
    made = []
    for number in range(6):
        rgb, labels = picture(number)
        path = tmp_path / f"picture{number}.png"
        Image.fromarray(rgb).save(path)
        data.write_label(folder, number, labels)
        counts = tuple(int(each) for each in np.bincount(labels.ravel(), minlength=256)[:3])
        made.append(Shot(number, str(path), path.name, "train" if number < 4 else "held", counts))
    return folder, made


@pytest.fixture
def recipe():
    return Recipe(
        start="tiny",
        classes=(
            RecipeClass(id=1, name="background", thing=False),
            RecipeClass(id=2, name="red"),
            RecipeClass(id=7, name="blue"),
        ),
        mapping=((2, 2),),
        train=(0, 1, 2, 3),
        held=(4, 5),
        epochs=4,
        batch=2,
        lr=3e-3,
        seed=5,
        augment=Augment(zoom=1.2),
    )


@pytest.fixture
def make_run(shots, start, listener):
    """A whole run over the tiny pictures."""
    import torch

    def make(recipe, watch=None, net=None, folder=None, **options):
        place, made = shots
        watch = watch or listener
        net = net or trainee.build(start(**options), recipe)
        geometry = Geometry.of(net.input, recipe.size)
        folds = [[shot for shot in made if shot.fold == fold] for fold in ("train", "held")]
        train, held = (
            Samples(fold, place, geometry, recipe.augment, recipe.seed, watch) for fold in folds
        )
        return loop.Run(recipe, net, train, held, folder or place, torch.device("cpu"), watch, "v7")

    return make
