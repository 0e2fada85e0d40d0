"""What a card says about a model, as names and values for people."""

from __future__ import annotations

from app.places.figures import counted, share
from engine.models.card import Card, InputSpec
from engine.models.catalog import Entry

_MEANINGS = {
    "logits": "scores per pixel",
    "probabilities": "probabilities per pixel",
    "classmap": "one class number per pixel",
    "sigmoid_logits": "yes-or-no scores per pixel",
    "sigmoid": "yes-or-no probabilities per pixel",
    "minmax": "one map per image, stretched to 0–1",
}
_FITS = {
    "stretch": "squeezed to it",
    "pad": "fitted in, the rest filled",
    "none": "read at its own size",
}
_ORIGINS = {
    "builtin": "came with Maskwright",
    "user": "added by you",
    "project": "made in this project",
    "file": "opened from its file",
}


def facts(entry: Entry) -> list[tuple[str, str]]:
    """Names and values, the most asked-for first; what is not known is left out."""
    card = entry.card
    rows = [
        ("Classes", class_words(card)),
        ("Input", input_words(card.input)),
        ("Answers", _MEANINGS[card.output.meaning]),
        ("Learned from", card.trained_on),
        ("Licence", card.licence or "not stated"),
        ("Source", card.origin),
        ("Kept", _ORIGINS[entry.origin]),
        ("Training", _training_words(card)),
        ("Notes", card.notes),
    ]
    return [(name, value) for name, value in rows if value]


def class_words(card: Card, most: int = 24) -> str:
    """Its classes by name, with their count."""
    names = [each.name for each in card.foreground]
    shown = ", ".join(names[:most]) + (
        f" and {len(names) - most} more" if len(names) > most else ""
    )
    return f"{counted(len(names), 'class', 'classes')}: {shown}" if names else ""


def input_words(spec: InputSpec) -> str:
    """Size, colours and fit in one line."""
    if spec.fixed:
        size = f"{spec.width} × {spec.height} pixels, {_FITS[spec.resize]}"
    elif spec.long_side:
        size = f"any size, longer side {spec.long_side} pixels"
    else:
        size = "any size"
    colors = {"RGB": "RGB", "BGR": "BGR", "gray": "grey"}[spec.color]
    return f"{size}, {colors}"


def _training_words(card: Card) -> str:
    training = card.training
    parts = []
    if training.get("parent"):
        parts.append(f"from {training['parent']}")
    miou = training.get("miou")
    if isinstance(miou, (int, float)):
        parts.append(f"mean IoU {share(float(miou))} on held-back images")
    return ", ".join(parts)
