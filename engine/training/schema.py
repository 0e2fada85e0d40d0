"""What a recipe is: everything that decides how a model is trained, as JSON stored with the model.

`engine.training.recipe` makes one. Light: no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.errors import EngineError
from engine.images.tone import tone_from

SCHEMA = 1
NETWORKS = ("lraspp_mobilenet_v3", "unet_small")
"""Starts that are no model: networks with random weights."""

Accept = Literal["better", "always", "never"]
Flip = Literal["both", "horizontal", "none"]
Norm = Literal["auto", "freeze", "learn"]


class RecipeClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class the model learns; its channel is its place in `Recipe.classes`.

    Attributes:
        id: Of the project's class; 1 is the background.
        name: At the time the recipe was made; goes into the model's card.
        thing: Whether its regions become objects.
    """

    id: int
    name: str
    thing: bool = True


class Augment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How pictures are varied; every choice is drawn anew for each picture and round.

    Attributes:
        flip: Which mirror images are used.
        zoom: Largest factor of enlargement, and of its inverse; 1 for none.
        turn: Largest angle in degrees, either way.
        color: Largest change of brightness and contrast, as a share.
    """

    flip: Flip = "horizontal"
    zoom: float = 1.35
    turn: float = 0.0
    color: float = 0.1


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is trained.

    Attributes:
        schema: Version of this layout.
        name: Of the new model, "" for one made from the project's.
        start: Id of a model, or one of `NETWORKS`.
        classes: In the order of the new model's channels; the background first.
        mapping: (class index of the start, project class id) for the classes that are kept.
        train: Ids of the images that are learned from.
        held: Ids of the images that are only measured on.
        epochs: Rounds through the images; 0 for as many as fit into `minutes`.
        minutes: Time to learn in, 0 for no limit; the step sizes follow it.
        batch: Images in one step.
        lr: Step size of AdamW for the body of the network.
        head_lr: The class layer's step size is so many times larger.
        weight_decay: Of AdamW.
        dice: Weight of the Dice loss beside the cross entropy.
        size: Side in pixels of what the network sees, where it takes any; 0 for the start's own.
        norm: Whether batch normalisation keeps its averages ("freeze") or learns them; "auto"
            keeps those of a trained start.
        augment: How pictures are varied.
        seed: Of everything that is drawn by chance.
        device: "auto", "cpu", "cuda", "mps", …
        accept: When the new model takes over by itself.
        max_fall: The new model is not better if the IoU of a class falls by more than this.
        keep_running: Whether learning goes on when the window is closed.
        tone: How images are shown to the network (`engine.images.tone.Tone.as_json`): the
            project's way when the recipe was made. An image's own tone comes before it.
    """

    schema: int = SCHEMA
    name: str = ""
    start: str
    classes: tuple[RecipeClass, ...]
    mapping: tuple[tuple[int, int], ...] = ()
    train: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    epochs: int = 18
    minutes: float = 0.0
    batch: int = 4
    lr: float = 1e-3
    head_lr: float = 10.0
    weight_decay: float = 1e-4
    dice: float = 1.0
    size: int = 0
    norm: Norm = "auto"
    augment: Augment = msgspec.field(default_factory=Augment)
    seed: int = 0
    device: str = "auto"
    accept: Accept = "better"
    max_fall: float = 0.1
    keep_running: bool = True
    tone: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def class_ids(self) -> tuple[int, ...]:
        """Project class ids by channel."""
        return tuple(each.id for each in self.classes)


def check(recipe: Recipe) -> Recipe:
    """Refuse a recipe that cannot be followed.

    Returns:
        The same recipe.

    Raises:
        EngineError: naming the key and what it may be.
    """
    for wrong, sentence in _problems(recipe):
        if wrong:
            raise EngineError(sentence)
    return recipe


def _problems(recipe: Recipe) -> list[tuple[bool, str]]:
    ids = recipe.class_ids
    both = set(recipe.train) & set(recipe.held)
    tone = _tone_problem(recipe)
    return [
        (
            recipe.schema > SCHEMA,
            "This recipe was written by a newer Maskwright. Update this one to use it.",
        ),
        (
            len(ids) < 2 or ids[0] != 1,
            "There is no class to learn. Add a class to the project, or choose one.",
        ),
        (len(set(ids)) != len(ids), "A class is named twice in the recipe. Name each once."),
        (
            len(ids) > 254,
            f"{len(ids) - 1} classes were chosen; a model can learn at most 253. Choose fewer.",
        ),
        (
            not recipe.train,
            "There is no image to learn from. Correct an image or mark one as done first.",
        ),
        (
            bool(both),
            f"Image {min(both, default=0)} is both learned from and held out. Choose one.",
        ),
        (bool(tone), tone),
        *_number_problems(recipe),
    ]


def _tone_problem(recipe: Recipe) -> str:
    try:
        tone_from(recipe.tone)
    except EngineError as error:
        return f"tone: {error}"
    return ""


def _number_problems(recipe: Recipe) -> list[tuple[bool, str]]:
    look = recipe.augment
    ranges = (
        ("epochs", recipe.epochs, 0, 100_000),
        ("minutes", recipe.minutes, 0, 100_000),
        ("batch", recipe.batch, 1, 4096),
        ("lr", recipe.lr, 1e-8, 10),
        ("head_lr", recipe.head_lr, 0.01, 1000),
        ("weight_decay", recipe.weight_decay, 0, 1),
        ("dice", recipe.dice, 0, 100),
        ("size", recipe.size, 0, 4096),
        ("seed", recipe.seed, 0, 2**31),
        ("max_fall", recipe.max_fall, 0, 1),
        ("zoom", look.zoom, 1, 8),
        ("turn", look.turn, 0, 180),
        ("color", look.color, 0, 0.9),
    )
    wrong = [
        # `not` also catches a value that is no number
        (not low <= value <= high, f"{key} is {value:g}; it must be from {low:g} to {high:g}.")
        for key, value, low, high in ranges
    ]
    small = 0 < recipe.size < 32
    endless = recipe.epochs == 0 and recipe.minutes == 0
    return [
        *wrong,
        (endless, "Neither epochs nor minutes are given, so learning would not end. Give one."),
        (small, f"size is {recipe.size}; it must be 0 or from 32 to 4096."),
    ]


def recipe_to_data(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain JSON data, for a job's spec."""
    data: dict[str, Any] = msgspec.to_builtins(recipe)
    return data


def recipe_from_data(data: Any) -> Recipe:
    """The recipe in plain JSON data.

    Raises:
        EngineError: a key is unknown or a value of the wrong kind (named), or see `check`.
    """
    try:
        return check(msgspec.convert(data, Recipe))
    except msgspec.ValidationError as error:
        raise EngineError(f"The recipe cannot be read: {error}.") from error


def save(recipe: Recipe, path: Path) -> None:
    """Write the recipe as readable JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(recipe), indent=1))


def load(path: Path) -> dict[str, Any]:
    """Read a recipe file as options for `make_recipe`; it need not name every key.

    Raises:
        EngineError: the file cannot be read or is no JSON object.
    """
    try:
        data = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise EngineError(f"{path} could not be read: {error.strerror or error}.") from error
    except msgspec.DecodeError as error:
        raise EngineError(f"{path} is not a recipe: {error}.") from error
    if not isinstance(data, dict):
        raise EngineError(f"{path} is not a recipe: it holds no keys.")
    return data
