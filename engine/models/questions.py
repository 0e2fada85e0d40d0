"""The rows of the add-model sheet: what was read, measured or guessed, and what else it may be."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.models import label_sets, pixel_values
from engine.models.card import Card, CardClass
from engine.models.draft import Choice, Known, Question
from engine.models.label_sets import LabelSet
from engine.models.pixel_values import WAYS, Finding
from engine.models.probe import Map, Trial

READ = "read from the file"


def size(card: Card, trial: Trial) -> Question:
    """How large the input is."""
    spec = card.input
    label = f"{spec.width} × {spec.height}"
    if not spec.fixed:
        label = "any size"
        if spec.multiple_of > 1:
            label += f", in steps of {spec.multiple_of}"
    values = {"input.height": spec.height, "input.width": spec.width}
    known: Known = "read" if trial.size_read and spec.multiple_of == 1 else "measured"
    return Question(
        field="size",
        section="input",
        text="Input size",
        choices=(Choice(label=label, values={**values, "input.multiple_of": spec.multiple_of}),),
        known=known,
        note=READ if known == "read" else "tried out",
    )


def layout(card: Card, declared: bool) -> Question:
    """Order of the input's dimensions."""
    first = card.input.layout == "NCHW"
    label = "colour, height, width" if first else "height, width, colour"
    return Question(
        field="layout",
        section="input",
        text="Order",
        choices=(Choice(label=label, values={"input.layout": card.input.layout}),),
        known="read" if declared else "measured",
        note=READ if declared else "tried out",
    )


def colors(card: Card, finding: Finding) -> Question | None:
    """RGB or BGR; None for one channel."""
    if card.input.color == "gray":
        return None
    choices = tuple(Choice(label=name, values={"input.color": name}) for name in ("RGB", "BGR"))
    measured = finding.tried > 0 and finding.sure
    return Question(
        field="colors",
        section="input",
        text="Colours",
        choices=choices,
        guess=0 if card.input.color == "RGB" else 1,
        known="measured" if measured else "guessed",
        note="best of 2 tried" if measured else "the usual order",
    )


def pixels(card: Card, finding: Finding) -> Question:
    """What range the pixel values have; means and deviations in the order of RGB."""
    if card.input.dtype == "uint8":
        return Question(
            field="pixels",
            section="input",
            text="Pixel values",
            choices=(Choice(label="0 to 255, whole numbers", values={"input.range": "255"}),),
            known="read",
            note=READ,
        )
    shown = "gray" if card.input.color == "gray" else "RGB"
    choices = []
    for way in WAYS:
        spec = pixel_values.with_way(card, way, shown).input
        values = {**way.values, "input.mean": [*spec.mean], "input.std": [*spec.std]}
        choices.append(Choice(label=way.label, values=values))
    note = "the usual values"
    if finding.tried:
        note = f"best of {finding.tried} tried"
        if not finding.sure:
            note = f"check: {finding.near} is near" if finding.near else "check: nothing fits well"
    return Question(
        field="pixels",
        section="input",
        text="Pixel values",
        choices=tuple(choices),
        guess=finding.way,
        known="measured" if finding.tried and finding.sure else "guessed",
        note=note,
    )


def fit(card: Card) -> Question:
    """How an image is brought to the input."""
    if card.input.fixed:
        choices: tuple[Choice, ...] = (
            Choice(label="squeeze to fit", values={"input.resize": "stretch"}),
            Choice(label="keep the shape, fill the rest", values={"input.resize": "pad"}),
            Choice(label="own scale, in windows", values={"input.resize": "none"}),
        )
        order = ("stretch", "pad", "none")
        guess = order.index(card.input.resize)
    else:
        choices = (
            Choice(label="own scale", values={"input.resize": "none", "input.long_side": 0}),
            *(
                Choice(
                    label=f"longer side to {side}",
                    values={"input.resize": "pad", "input.long_side": side},
                )
                for side in (512, 1024, 2048)
            ),
        )
        guess = 0
    return Question(
        field="fit",
        section="input",
        text="Fit to input",
        choices=choices,
        guess=guess,
        note="the usual way; see the preview",
    )


def output(maps: tuple[Map, ...], chosen: int) -> Question:
    """Which output is used, and how many channels it has."""
    choices = tuple(
        Choice(
            label=_told(each) + (f" ({each.name})" if len(maps) > 1 and each.name else ""),
            values={
                "output.name": each.name,
                "output.layout": each.layout,
                "output.meaning": each.meaning,
            },
        )
        for each in maps
    )
    several = len(maps) > 1
    return Question(
        field="output",
        section="output",
        text="Output",
        choices=choices,
        guess=chosen,
        known="guessed" if several else "read",
        note="the first of several" if several else READ,
    )


def _told(each: Map) -> str:
    if each.meaning == "classmap":
        return "one label per pixel"
    return f"{each.channels} score{'' if each.channels == 1 else 's'} per pixel"


_MEANINGS = {
    "logits": "scores; the highest wins",
    "probabilities": "probabilities that sum to 1",
    "sigmoid_logits": "scores, each class by itself",
    "sigmoid": "probabilities, each class by itself",
    "minmax": "one map, stretched from lowest to highest",
    "classmap": "class numbers",
}


def meaning(card: Card, chosen: Map, measured: bool) -> Question:
    """What the output's values are."""
    now = card.output.meaning
    if now == "classmap":
        options = ["classmap"]
    elif chosen.channels == 1:
        options = ["sigmoid", "minmax", "sigmoid_logits"]
    else:
        options = ["logits", "probabilities", "sigmoid_logits", "sigmoid"]
    return Question(
        field="meaning",
        section="output",
        text="Values",
        choices=tuple(
            Choice(label=_MEANINGS[each], values={"output.meaning": each}) for each in options
        ),
        guess=options.index(now),
        known="measured" if measured else "guessed",
        note="seen in its answers" if measured else "the usual meaning",
    )


def classes(options: list[LabelSet], from_file: bool) -> Question:
    """What the classes are called."""
    first = options[0]
    named = "class" in first.names[-1]
    note = READ if from_file else ("named by number" if named else "guessed from the count")
    return Question(
        field="classes",
        section="output",
        text="Class names",
        choices=tuple(
            Choice(
                label=_set_label(each),
                values={"classes": [msgspec.to_builtins(one) for one in each.classes()]},
            )
            for each in options
        ),
        known="read" if from_file else "guessed",
        note=note,
    )


def _data(each: LabelSet) -> list[Any]:
    return [msgspec.to_builtins(one) for one in each.classes()]


def _set_label(each: LabelSet) -> str:
    count = len(each.names)
    if each.title[0].isdigit():
        suffix = "" if each.background is None else ", 0 is background"
        return each.title + suffix
    return f"{each.title}, {count} name{'' if count == 1 else 's'}"


def class_options(channels: int | None, names: tuple[str, ...]) -> tuple[list[LabelSet], bool]:
    """Sets of names that fit the number of classes, the likeliest first.

    Args:
        channels: Number of classes; 1 for a single channel, None where a class map does not say.
        names: From the file.

    Returns:
        (sets, True where the first is from the file).
    """
    if channels == 1:
        return _single(names)
    found = []
    from_file = False
    if names and channels in {None, len(names)}:
        found.append(_from_names(names))
        from_file = True
    elif names and channels == len(names) + 1:
        found.append(_from_names(("background", *names)))
        from_file = True
    count = channels or (len(names) if names else 21)
    if count in label_sets.KNOWN:
        found.append(label_sets.KNOWN[count])
    found.append(label_sets.numbered(count, 0))
    found.append(label_sets.numbered(count, None))
    return found, from_file


def _single(names: tuple[str, ...]) -> tuple[list[LabelSet], bool]:
    foreground = names[-1] if names else "foreground"
    return [LabelSet("one class", ("background", foreground), 0)], bool(names)


def _from_names(names: tuple[str, ...]) -> LabelSet:
    from engine.models.mapping import is_background

    background = next((at for at, name in enumerate(names) if is_background(name)), None)
    unique = tuple(
        name if names.index(name) == at else f"{name} {at}" for at, name in enumerate(names)
    )
    return LabelSet("from the file", unique, background)


def numbered_class(index: int) -> CardClass:
    """A class nobody named."""
    return CardClass(index=index, name=f"class {index}")
