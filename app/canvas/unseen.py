"""Why a paint tool may not begin: nobody paints what cannot be seen or changed."""

from app.session import Session


def refusal(session: Session) -> str:
    """The sentence that says why; empty when painting may begin."""
    if session.read_only:
        return session.project.owner if session.project else ""
    hidden = [each for each in session.selected() if each.hidden]
    if hidden:
        name = session.taxonomy.name(hidden[0].class_id)
        ways = "Show it with {object.hide}, or deselect it: {object.deselect}."
        return f"This {name} is hidden. {ways}"
    chosen: set[int | None] = {each.class_id for each in session.selected()}
    for class_id in chosen or {session.current_class}:
        label = session.label_class(class_id)
        if label is None:
            continue
        if session.only_class not in (None, label.id):
            shown = session.taxonomy.name(session.only_class)
            return f"Only “{shown}” is shown. {{object.only_class}} shows “{label.name}” again."
        if not label.visible:
            return f"Class “{label.name}” is hidden. Show it in the class list to paint it."
    return ""
