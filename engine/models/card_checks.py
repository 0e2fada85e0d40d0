"""What a card may not say."""

from __future__ import annotations

import math
import re

from engine.errors import EngineError
from engine.models.card import SCHEMA, Card, InputSpec, clipped

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_FILE = re.compile(r"[^/\\:\x00-\x1f]{1,200}")
MAX_SIDE = 16384
MAX_CLASSES = 4096


def problems(card: Card) -> list[str]:
    """Sentences about what contradicts itself in a card; none for a good one."""
    return [
        *_problems_of_names(card),
        *_problems_of_input(card.input),
        *_problems_of_output(card),
        *_problems_of_tone(card),
    ]


def _problems_of_tone(card: Card) -> list[str]:
    try:
        card.learned_tone  # noqa: B018 (reading it is the check)
    except EngineError as error:
        return [f"tone: {error}"]
    return []


def _problems_of_names(card: Card) -> list[str]:
    found = []
    if card.schema > SCHEMA:
        found.append(f"it was written by a newer Maskwright (schema {card.schema}). Update first.")
    if not _ID.fullmatch(card.id):
        found.append(f"id “{clipped(card.id)}” may hold only a–z, 0–9, “.”, “_” and “-”.")
    if not _FILE.fullmatch(card.file) or card.file in {".", ".."}:
        found.append(f"file “{clipped(card.file)}” must be the name of a file beside the card.")
    weights = card.training.get("weights", "")
    if not isinstance(weights, str) or (weights and not _FILE.fullmatch(weights)):
        found.append("training.weights must be the name of a file beside the card.")
    if card.sha256 and not re.fullmatch(r"[0-9a-f]{64}", card.sha256):
        found.append("sha256 must be 64 digits 0–9, a–f.")
    return found


def _problems_of_input(spec: InputSpec) -> list[str]:
    found = []
    sides = (spec.height, spec.width, spec.long_side, spec.tile)
    if min(sides) < 0 or max(sides) > MAX_SIDE:
        found.append(f"input sizes must be 0 to {MAX_SIDE}.")
    if (spec.height > 0) != (spec.width > 0):
        found.append("input.height and input.width must both be given, or both be 0.")
    if not 1 <= spec.multiple_of <= 1024:
        found.append("input.multiple_of must be 1 to 1024.")
    for key in ("mean", "std"):
        if len(getattr(spec, key)) not in {1, spec.channels}:
            found.append(f"input.{key} needs 1 number, or {spec.channels}, one per channel.")
        if not all(map(math.isfinite, getattr(spec, key))):
            found.append(f"input.{key} must be ordinary numbers.")
    if any(value == 0 for value in spec.std):
        found.append("input.std must not be 0.")
    return found


def _problems_of_output(card: Card) -> list[str]:
    found = []
    indices = [each.index for each in card.classes]
    if len(indices) > MAX_CLASSES or any(not 0 <= index < 65535 for index in indices):
        found.append(f"classes: at most {MAX_CLASSES}, with indices from 0 to 65534.")
    if len(set(indices)) != len(indices):
        found.append("classes: two have the same index.")
    if sum(each.background for each in card.classes) > 1:
        found.append("classes: only one can be the background.")
    if any(not each.name.strip() for each in card.classes):
        found.append("classes: each needs a name.")
    if not 0 < card.output.threshold < 1:
        found.append("output.threshold must be between 0 and 1.")
    if card.output.meaning == "minmax" and len(card.foreground) != 1:
        found.append("output.meaning “minmax” is for one class and a background.")
    if card.output.meaning == "minmax" and card.input.resize == "none":
        found.append(
            "output.meaning “minmax” needs the whole image: set input.resize to “stretch”."
        )
    if card.output.layout in {"NHW", "HW"} and card.output.meaning in {"logits", "probabilities"}:
        found.append(f"output.layout “{card.output.layout}” has no class channels for its scores.")
    return found
