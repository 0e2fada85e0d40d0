"""What the command palette can find: actions, classes, images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.dialogs.fuzzy import best
from app.panels.common import plural

if TYPE_CHECKING:
    from app.services import Services

Kind = Literal["action", "class", "image", "heading"]
MOST_CLASSES, MOST_IMAGES = 60, 40
# Keys that only mean something while the hand is on the canvas; running them from a list is noise.
GROUP_ICONS = {
    "File": "file",
    "Edit": "pencil-simple",
    "Tool": "cursor",
    "Image": "image-square",
    "Model": "sparkle",
    "Object": "selection",
    "Class": "tag",
    "View": "eye",
    "Help": "question",
}
_LEFT_OUT = {"app.palette", "edit.escape", "edit.enter"}
_LEFT_OUT |= {"edit.backspace", "canvas.press", "object.next_below", "class.picker"}
_LEFT_OUT |= {f"class.{number}" for number in range(1, 10)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes:
        kind: what it is; a heading cannot be chosen.
        id: the action's id, or the number of the class or image.
        text: what it is called.
        detail: small words beside it: why it cannot run, or what it is about.
        key: its shortcut.
        icon: Phosphor name.
        runs: whether it can run now.
        color: of a class, with its hatch.
    """

    kind: Kind
    id: str | int
    text: str
    detail: str = ""
    key: str = ""
    icon: str = ""
    runs: bool = True
    color: str = ""
    hatch: int = 0


def action_entries(services: Services) -> list[Entry]:
    """Every command, with its key and why it cannot run now."""
    actions, found = services.actions, []
    for action in actions.all():
        if action.id in _LEFT_OUT or action.held:
            continue
        reason = actions.missing(action.id)
        text = actions.text(action.id).rstrip("…")
        group = "" if action.group in ("Tool", "Help", "") else action.group
        key, icon = actions.key_text(action.id), action.icon or GROUP_ICONS.get(action.group, "")
        found.append(Entry("action", action.id, text, reason or group, key, icon, not reason))
    return found


def class_entries(services: Services) -> list[Entry]:
    """The classes of the project, with what the open image has of each."""
    session, found = services.session, []
    document = session.document
    counts: dict[int, int] = {}
    for annotation in document.annotations.values() if document is not None else ():
        counts[annotation.class_id] = counts.get(annotation.class_id, 0) + 1
    for place, each in enumerate(session.taxonomy.classes):
        detail = (
            plural(counts.get(each.id, 0), "object") + " in this image" if each.thing else "area"
        )
        key = str(place + 1) if place < 9 else ""
        found.append(
            Entry("class", each.id, each.name, detail, key, "tag", True, each.color, each.hatch)
        )
    return found


def image_entries(services: Services, names: Sequence[str], query: str) -> list[Entry]:
    """Images whose name has every word typed, beginnings first.

    Args:
        services: where the images are.
        names: their names without regard to case, in the order of the session's list; plain
            search keeps 100,000 of them answered between two keystrokes.
        query: what was typed.
    """
    session, words, found = services.session, query.casefold().split(), []
    places = [place for place, name in enumerate(names) if all(word in name for word in words)]
    if words:
        places = sorted(places[:5_000], key=lambda at: (not names[at].startswith(words[0]), at))
    for place in places[:MOST_IMAGES]:
        row = session.images[place]
        detail = f"image {place + 1:,} · {row.status.value}"
        found.append(Entry("image", row.id, row.file_name, detail, "", "image-square"))
    return found


class Finder:
    """Answers a query: "#" looks for images alone, "@" for classes alone.

    Args:
        services: where actions, classes and images are.
        only: limit the answers to one kind, or none.
        recent: ids of actions run lately, newest first; they lead while nothing is typed.
    """

    def __init__(
        self, services: Services, only: Literal["", "classes"] = "", recent: Sequence[str] = ()
    ) -> None:
        self._services, self._only, self._recent = services, only, list(recent)
        self._actions = [] if only else action_entries(services)
        self._classes = class_entries(services)
        rows = [] if only else services.session.images
        self._names = [row.file_name.casefold() for row in rows]

    @property
    def total(self) -> int:
        """How many commands, or classes, there are."""
        return len(self._classes if self._only else self._actions)

    def answer(self, typed: str) -> list[Entry]:
        """Lines for what was typed, best first, with headings between kinds."""
        text = typed.strip()
        if self._only:
            return _pick(self._classes, text.lstrip("@ "), len(self._classes))
        if text.startswith("#"):
            return image_entries(self._services, self._names, text[1:])
        if text.startswith("@"):
            return _pick(self._classes, text[1:].strip(), MOST_CLASSES)
        if not text:
            return self._start()
        lines = _pick(self._actions, text, 30)
        others = (
            _pick(self._classes, text, 6) + image_entries(self._services, self._names, text)[:6]
        )
        if others:
            lines += [Entry("heading", "", "Classes and images"), *others]
        return lines

    def _start(self) -> list[Entry]:
        by_id = {entry.id: entry for entry in self._actions}
        recent = [by_id[name] for name in self._recent if name in by_id][:5]
        rest = [entry for entry in self._actions if entry not in recent]
        if not recent:
            return rest
        heads = (Entry("heading", "", "Lately"), Entry("heading", "", "All commands"))
        return [heads[0], *recent, heads[1], *rest]


def _pick(entries: list[Entry], query: str, most: int) -> list[Entry]:
    if not query:
        return entries[:most]
    texts = [entry.text for entry in entries]
    places = best(query, texts, most)
    # What can run stands before what cannot, as long as both fit equally well at the beginning.
    first = [entries[place] for place in places]
    return sorted(first, key=lambda entry: not entry.runs)
