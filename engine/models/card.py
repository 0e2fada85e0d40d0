"""What is known about a model: a typed card, kept as TOML beside the weights.

A card is data. It says how an image becomes the network's input and what its output means; a new
model is a new card. This module is light: the window reads cards without any runtime.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any, Literal

import msgspec
import tomli_w

from engine.errors import EngineError
from engine.images.tone import Tone, tone_from

SCHEMA = 1
CARD_NAME = "card.toml"
_LONGEST = 120
"""Characters of a text of others in a sentence."""

Meaning = Literal["logits", "probabilities", "classmap", "sigmoid_logits", "sigmoid", "minmax"]
InputLayout = Literal["NCHW", "NHWC"]
OutputLayout = Literal["NCHW", "NHWC", "NHW", "HW"]
Resize = Literal["stretch", "pad", "none"]


class InputSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an RGB image of 0..255 becomes the input tensor.

    Each pixel value v becomes ``(v * scale - mean) / std`` after `range` was applied; mean and std
    are one number, or one per channel in the order of `color`. uint8 inputs take v as it is.

    Attributes:
        name: Name of the input tensor; "" where the network has no names (Torch).
        layout: Order of the tensor's dimensions; N is always 1.
        dtype: Element type.
        height: Fixed height in pixels, 0 where the network takes any.
        width: Fixed width, 0 where the network takes any.
        multiple_of: Free sizes are padded to a multiple of this.
        resize: "stretch" squeezes the image to the size; "pad" keeps its shape and fills right and
            bottom; "none" reads it at its own scale, in overlapping windows where it is larger.
        long_side: For free sizes: the image's longer side is first brought to this; 0 leaves it.
        tile: Side of a window for "none" with a free size, 0 for the default.
        color: Channel order.
        range: "255" takes values 0..255, "unit" divides by 255, "max" by the image's largest value.
        scale: Factor after `range`.
        mean: Subtracted per channel.
        std: Divided by per channel.
        pad_value: What padded pixels hold, after normalisation.
    """

    name: str = ""
    layout: InputLayout = "NCHW"
    dtype: Literal["float32", "float16", "uint8"] = "float32"
    height: int = 0
    width: int = 0
    multiple_of: int = 1
    resize: Resize = "stretch"
    long_side: int = 0
    tile: int = 0
    color: Literal["RGB", "BGR", "gray"] = "RGB"
    range: Literal["255", "unit", "max"] = "255"
    scale: float = 1.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    pad_value: float = 0.0

    @property
    def channels(self) -> int:
        """1 for gray, else 3."""
        return 1 if self.color == "gray" else 3

    @property
    def fixed(self) -> bool:
        """True where the network takes one size only."""
        return self.height > 0 and self.width > 0


class OutputSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the output tensor means.

    Attributes:
        name: Name of the output tensor; "" where there is one, or none has a name.
        layout: Order of its dimensions. NHW and HW are class maps or single channels.
        meaning: "logits" and "probabilities" are exclusive classes; "sigmoid_logits" and "sigmoid"
            are one yes-or-no per channel; "minmax" is one channel, stretched to 0..1 per image;
            "classmap" holds class indices.
        threshold: Probability from which a "sigmoid…" or "minmax" pixel counts.
    """

    name: str = ""
    layout: OutputLayout = "NCHW"
    meaning: Meaning = "logits"
    threshold: float = 0.5


class CardClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One class of the model.

    Attributes:
        index: Channel, or value in a class map.
        name: As the model's authors call it.
        thing: True where each connected region becomes an object, False for one mask.
        background: True for the class that means "none of the others".
    """

    index: int
    name: str
    thing: bool = True
    background: bool = False


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model as the program knows it.

    Attributes:
        schema: Version of this layout.
        id: Folder name and key: lower case, digits, ".", "_", "-".
        name: For people.
        task: "semantic" labels each pixel, "saliency" finds one foreground.
        family: The code that reads its answers.
        file: Name of the weights file, beside the card.
        sha256: Of the weights file, 64 hex digits; "" in a draft.
        licence: Of the weights.
        origin: Where the weights are from.
        architecture: Network that a file of weights only is loaded into, "" for whole networks.
        key_prefix: Stripped from the names of such weights.
        input: How an image goes in.
        output: What comes out.
        classes: In order of index.
        trained_on: Data, in words.
        notes: Anything else.
        trust_sha256: Hash its author meant; it grants nothing, the user's own list does.
        training: Facts of the run that made it: parent, recipe, export difference, scores.
        tone: How the images it learned from were shown to it (`engine.images.tone.Tone.as_json`);
            it is asked with the same. {} where that is not known: then as its project shows them.
    """

    schema: int = SCHEMA
    id: str
    name: str
    task: Literal["semantic", "saliency"] = "semantic"
    family: Literal["semantic"] = "semantic"
    file: str
    sha256: str = ""
    licence: str = ""
    origin: str = ""
    architecture: str = ""
    key_prefix: str = ""
    input: InputSpec = msgspec.field(default_factory=InputSpec)
    output: OutputSpec = msgspec.field(default_factory=OutputSpec)
    classes: tuple[CardClass, ...] = ()
    trained_on: str = ""
    notes: str = ""
    trust_sha256: str = ""
    training: dict[str, Any] = msgspec.field(default_factory=dict)
    tone: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def learned_tone(self) -> Tone | None:
        """What it learned with; None where that is not known.

        Raises:
            EngineError: It is none; `check_card` refuses such cards.
        """
        return tone_from(self.tone) if self.tone else None

    def class_named(self, index: int) -> CardClass | None:
        """The class of this index, or None."""
        return next((each for each in self.classes if each.index == index), None)

    @property
    def background(self) -> int | None:
        """Index of the background class, None where there is none."""
        return next((each.index for each in self.classes if each.background), None)

    @property
    def foreground(self) -> tuple[CardClass, ...]:
        """The classes that give masks."""
        return tuple(each for each in self.classes if not each.background)


def make_id(text: str) -> str:
    """A card id from any name: "U²-Net p.onnx" gives "u2-net-p.onnx"."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    plain = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9._-]+", "-", bare)).strip("-._")
    return plain[:80].rstrip("-._") or "model"


def check_card(card: Card, where: str = "") -> Card:
    """Refuse a card whose values contradict each other.

    Returns:
        The same card.

    Raises:
        EngineError: with the field and what it may hold.
    """
    where = where or f"the card of {card.name}"
    from engine.models.card_checks import problems

    for problem in problems(card):
        raise EngineError(f"{where}: {problem}")
    return card


def parse_card(text: str, where: str = "card.toml") -> Card:
    """Read a card from TOML.

    Args:
        text: The TOML document.
        where: Named in errors.

    Raises:
        EngineError: not TOML, an unknown key (named), a value of the wrong kind, or contradictions.
    """
    try:
        return check_card(msgspec.convert(tomllib.loads(text), Card), where)
    except tomllib.TOMLDecodeError as error:
        raise EngineError(f"{where} is not a TOML file: {clipped(str(error))}.") from error
    except (RecursionError, UnicodeEncodeError) as error:
        raise EngineError(
            f"{where} is nested too deeply or not plain text, so it is no model's card."
        ) from error
    except msgspec.ValidationError as error:
        raise EngineError(f"{where}: {explain(str(error))}") from error


def clipped(text: str) -> str:
    """As much of a text of others as fits into a sentence."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def explain(message: str) -> str:
    """A sentence for what msgspec found, with the key's dotted path."""
    text, _, place = message.partition(" - at `")
    path = place.rstrip("`").removeprefix("$").strip(".")
    unknown = re.search(r"unknown field `([^`]*)`", text)
    if unknown:
        key = ".".join(part for part in (path, unknown.group(1)) if part)
        return f"the key “{clipped(key)}” is not known. Correct its name or remove it."
    missing = re.search(r"missing required field `([^`]*)`", text)
    if missing:
        key = ".".join(part for part in (path, missing.group(1)) if part)
        return f"the key “{key}” is missing. Add it."
    told = clipped(f"{text[:1].lower()}{text[1:]}")
    return f"“{clipped(path)}” is not as it should be: {told}."


def load_card(path: Path) -> Card:
    """Read ``card.toml``; `path` may be the file or its folder.

    Raises:
        EngineError: it cannot be read, or is not a card (see `parse_card`).
    """
    file = path / CARD_NAME if path.is_dir() else path
    try:
        if file.stat().st_size > 1_000_000:
            raise EngineError(f"{file} is too large to be a model's card.")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise EngineError(f"{file} could not be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise EngineError(f"{file} is not a text file, so not a model's card.") from error
    return parse_card(text, str(file))


def card_text(card: Card) -> str:
    """The card as TOML; what equals its default and is empty is left out."""
    data = msgspec.to_builtins(card)
    return tomli_w.dumps(_without_empty(data), multiline_strings=False)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, "", [], {})}
    if isinstance(value, (list, tuple)):
        return [_without_empty(each) for each in value]
    return value


def save_card(card: Card, path: Path) -> Path:
    """Write the card whole or not at all; `path` may be a folder.

    Returns:
        The file written.

    Raises:
        EngineError: the card contradicts itself, or the folder cannot be written.
    """
    import os

    check_card(card)
    file = path / CARD_NAME if path.is_dir() else path
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(card_text(card))
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise EngineError(f"{file} could not be written: {error.strerror or error}.") from error
    return file
