"""Long steps made short: of many changes to the same objects only what they come to."""

from typing import Final

from engine.document.commands import Command, FlipLayer, Replace, SetStatus, together, walk
from engine.document.document import Document

FEW: Final = 64
"""Parts of a step that may stay as they are: each costs a walk through the image's objects."""


def copied(document: Document) -> Document:
    """The same annotations, class map and status in a document that nobody follows."""
    return Document(
        document.image_id,
        document.size,
        annotations=[*document.annotations.values(), *document.proposals.values()],
        layer=document.layer,
        status=document.status,
        new_ids=document.new_ids,
    )


def condensed(document: Document, command: Command) -> Command:
    """The same change in time of the objects it touches, not of its parts times all objects.

    A step of few parts stays as it is: its payload holds the touched pixels only, this one's the
    touched objects.

    Args:
        document: what the step is for; it is not changed.
        command: the step.
    """
    parts = list(walk(command))
    if len(parts) <= FEW:
        return command
    after = copied(document)
    command.apply(after)
    old = {**document.annotations, **document.proposals}
    new = {**after.annotations, **after.proposals}
    gone = tuple(each for key, each in old.items() if new.get(key) is not each)
    come = tuple(each for key, each in new.items() if old.get(key) is not each)
    steps: list[Command] = [Replace(gone, come, command.label)] if gone or come else []
    steps += [part for part in parts if isinstance(part, FlipLayer | SetStatus)]
    return together(steps, command.label) or command
