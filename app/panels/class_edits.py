"""What the class list can ask for, as commands; refusals are said, never thrown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.document import edits, taxonomy_commands
from engine.errors import EngineError

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.taxonomy import LabelClass
    from engine.document.taxonomy_commands import ChangeClasses


def _do(
    session: Session,
    make: Callable[[], ChangeClasses],
    then: Callable[[object], None] | None = None,
) -> bool:
    try:
        command = make()
    except EngineError as problem:
        session.say(str(problem), "warning")
        return False
    return session.do_project(command, then)


def add(session: Session) -> int | None:
    """Add a class under a name that is free; answers its number, None where it was refused."""
    taxonomy = session.taxonomy
    count = len(taxonomy.classes) + 1
    while taxonomy.by_name(f"class {count}") is not None:
        count += 1
    number = taxonomy.next_id
    done = _do(session, lambda: taxonomy_commands.add_class(taxonomy, f"class {count}"))
    return number if done else None


def change(session: Session, each: LabelClass, **fields: Any) -> bool:
    """Change a class: how it is shown at once, its name, colour or kind as an undoable step."""
    taxonomy, number, project = session.taxonomy, each.id, session.project
    if project is None:
        return False
    view = {name: value for name, value in fields.items() if name in taxonomy_commands.VIEW}
    if view:
        return _set_view(session, number, view)
    if "name" in fields:
        return _do(session, lambda: taxonomy_commands.rename(taxonomy, number, fields["name"]))
    if "color" in fields:
        color, hatch = fields["color"], fields.get("hatch", each.hatch)
        return _do(session, lambda: taxonomy_commands.recolor(taxonomy, number, color, hatch))
    thing = bool(fields["thing"])
    used = project.class_use(number)
    return _do(
        session, lambda: taxonomy_commands.set_kind(taxonomy, number, thing, bool(used.images))
    )


def describe(
    session: Session,
    each: LabelClass,
    guideline: str | None = None,
    example: tuple[int, int] | None = None,
) -> bool:
    """Give a class another guideline, or another example as (image, object); (0, 0) for none."""
    taxonomy = session.taxonomy
    return _do(session, lambda: taxonomy_commands.describe(taxonomy, each.id, guideline, example))


def _set_view(session: Session, class_id: int, fields: dict[str, Any]) -> bool:
    project = session.project
    if project is None:
        return False
    try:
        project.set_class_view(class_id, **fields)
    except EngineError as problem:
        session.say(str(problem), "warning")
        return False
    session.touch_taxonomy()
    return True


def reorder(session: Session, ids: Sequence[int]) -> bool:
    """Put the classes into this order."""
    return _do(session, lambda: taxonomy_commands.reorder(session.taxonomy, ids))


def merge(session: Session, source: LabelClass, target: LabelClass) -> bool:
    """Make all of one class another one, in every image."""
    taxonomy = session.taxonomy

    def merged(_result: object) -> None:
        _read_again(session)
        session.set_class(target.id)
        session.say(
            f"Merged {source.name} into {target.name}. “Undo class change” takes it back.", "ok"
        )

    return _do(
        session, lambda: taxonomy_commands.merge_classes(taxonomy, source.id, target.id), merged
    )


def delete(session: Session, each: LabelClass) -> bool:
    """Delete a class and its masks in every image."""

    def deleted(_result: object) -> None:
        _read_again(session)
        session.say(f"Deleted class {each.name}. “Undo class change” brings it back.", "ok")

    return _do(session, lambda: taxonomy_commands.delete_class(session.taxonomy, each.id), deleted)


def _read_again(session: Session) -> None:
    """The images changed behind the open document's back."""
    session.refresh_images()
    if session.image is not None:
        session.reload([session.image.id])


def give(session: Session, class_id: int) -> None:
    """Give the selection this class, and choose it for the next stroke."""
    if session.selection and session.document is not None and not session.read_only:
        try:
            command = edits.change_class(
                session.document, session.selection, class_id, session.taxonomy
            )
        except EngineError as problem:
            session.say(str(problem), "warning")
            return
        session.do(command)
    session.set_class(class_id)
