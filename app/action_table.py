"""Every command of the program, its words and its keys: data, read by menus, keys and palette.

Keys are those of ``resources/themes/keymap.json``; a test holds the two together. What an action
does is bound elsewhere (``app.intents``, ``app.window``), so that this table stays a table.
"""

from dataclasses import dataclass
from typing import Literal

Context = Literal["global", "canvas", "correct", "inspect", "candidates"]


@dataclass(frozen=True, slots=True)
class Action:
    """A named command.

    Attributes:
        id: stable name, for example "edit.undo".
        text: what menus and the palette say, sentence case.
        keys: portable key sequences as QKeySequence reads them; the first is the one shown.
        context: where its keys are live. "canvas" is Correct and Inspect, "candidates" while a
            polygon is being drawn.
        group: menu it stands in.
        icon: Phosphor name without prefix, or empty.
        held: acts while the key is down; the window's key filter calls it, not a shortcut.
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    context: Context = "global"
    group: str = ""
    icon: str = ""
    held: bool = False


def _classes() -> tuple[Action, ...]:
    return tuple(
        Action(f"class.{n}", f"Class {n}", (str(n),), "correct", "Class") for n in range(1, 10)
    )


ACTIONS: tuple[Action, ...] = (
    # File
    Action("file.open_folder", "Open folder…", ("Ctrl+O",), group="File", icon="folder-open"),
    Action("file.open", "Open file or project…", ("Ctrl+Shift+O",), group="File", icon="file"),
    Action(
        "file.open_sample", "Open the sample project", ("Ctrl+Shift+P",), group="File", icon="flask"
    ),
    Action("file.import", "Import annotations…", ("Ctrl+I",), group="File", icon="download-simple"),
    Action("file.export", "Export…", ("Ctrl+E",), group="File", icon="export"),
    Action("file.relink", "Find image files…", ("Ctrl+Shift+F9",), group="File", icon="link-break"),
    Action(
        "file.versions",
        "Versions of the dataset…",
        ("Ctrl+Shift+F8",),
        group="File",
        icon="clock-counter-clockwise",
    ),
    Action("file.share", "Share work…", ("Ctrl+Shift+F2",), group="File", icon="users-three"),
    Action("file.backups", "Backups…", ("Ctrl+Shift+F5",), group="File", icon="archive"),
    Action("file.move_project", "Move project to…", ("Ctrl+Shift+S",), group="File"),
    Action("file.save_now", "Save now", ("Ctrl+S",), group="File", icon="floppy-disk"),
    Action("file.close", "Close project", ("Ctrl+W",), group="File"),
    Action("app.settings", "Settings", ("Ctrl+,",), group="File", icon="gear"),
    Action("app.quit", "Quit", ("Ctrl+Q",), group="File"),
    # Edit
    Action("edit.undo", "Undo", ("Ctrl+Z",), group="Edit", icon="arrow-counter-clockwise"),
    Action("edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), group="Edit", icon="arrow-clockwise"),
    Action("edit.undo_project", "Undo class change", ("Ctrl+U",), group="Edit"),
    Action("edit.redo_project", "Redo class change", ("Ctrl+Shift+U",), group="Edit"),
    Action("object.copy", "Copy object", ("Ctrl+C",), "correct", "Edit", "copy"),
    Action("object.paste", "Paste object", ("Ctrl+V",), "correct", "Edit", "clipboard"),
    Action("object.select_all", "Select all objects", ("Ctrl+A",), "correct", "Edit"),
    Action("object.deselect", "Deselect", ("Ctrl+D",), "correct", "Edit"),
    Action("edit.escape", "One step back", ("Esc",), group="Edit"),
    Action("edit.enter", "Close the polygon", ("Return", "Enter"), "candidates", "Edit"),
    Action(
        "edit.ring",
        "Close and begin another",
        ("Shift+Return", "Shift+Enter"),
        "candidates",
        "Edit",
    ),
    Action("edit.backspace", "Take back the last point", ("Backspace",), "correct", "Edit"),
    Action("list.find", "Find in the list", ("Ctrl+F",), group="Edit", icon="magnifying-glass"),
    Action("list.filter", "Filter objects", ("/",), "correct", "Edit", "funnel"),
    # Tools
    Action("tool.select", "Select", ("V",), "correct", "Tool", "cursor"),
    Action("tool.brush", "Brush", ("B",), "correct", "Tool", "paint-brush"),
    Action("tool.eraser", "Eraser (hold: erase, then back)", ("E",), "correct", "Tool", "eraser"),
    Action("tool.polygon", "Polygon", ("P",), "correct", "Tool", "polygon"),
    Action("tool.lasso", "Lasso", ("Shift+P",), "correct", "Tool", "scribble-loop"),
    Action("tool.points", "Edit points", ("Shift+V",), "correct", "Tool", "path"),
    Action("tool.cut", "Cut", ("K",), "correct", "Tool", "scissors"),
    Action("tool.join", "Join", ("Shift+J",), "correct", "Tool", "link-simple"),
    Action("tool.fill", "Fill", ("Shift+G",), "correct", "Tool", "paint-bucket"),
    Action("tool.wand", "Magic wand", ("Shift+W",), "correct", "Tool", "magic-wand"),
    Action("tool.superpixel", "Superpixels", ("Shift+Q",), "correct", "Tool", "hexagon"),
    Action("tool.snap_box", "Snap in a box", ("Shift+S",), "correct", "Tool", "bounding-box"),
    Action("tool.pan", "Pan", ("Space",), "canvas", "Tool", "hand", held=True),
    Action("brush.smaller", "Brush smaller", ("[",), "correct", "Tool"),
    Action("brush.larger", "Brush larger", ("]",), "correct", "Tool"),
    Action("canvas.press", "Press at the cross", ("I",), "correct", "Tool"),
    Action("limits.choose", "Limits of tools…", ("Shift+L",), "correct", "Tool", "funnel-simple"),
    Action("limits.clear", "Take all limits away", ("Shift+Y",), "correct", "Tool"),
    Action("limits.lift", "Lift the limits (hold)", ("Y",), "correct", "Tool", held=True),
    # Image
    Action("image.next", "Next image", ("W",), "canvas", "Image", "caret-right"),
    Action("image.previous", "Previous image", ("Q",), "canvas", "Image", "caret-left"),
    Action("image.done_next", "Done, next image", ("F",), "correct", "Image", "check-circle"),
    Action("image.done", "Mark image done", ("Shift+F",), "correct", "Image", "check"),
    Action("image.reopen", "Mark image not done", ("Ctrl+Shift+F",), "correct", "Image"),
    Action(
        "image.resolve",
        "Shared and unclaimed pixels…",
        ("Ctrl+Shift+R",),
        "correct",
        "Image",
        "stack",
    ),
    Action("image.lint", "Check masks…", ("Ctrl+Shift+Y",), "correct", "Image", "check-square"),
    Action("image.next_page", "Next page of the file", ("PgDown",), "canvas", "Image"),
    Action("image.previous_page", "Previous page of the file", ("PgUp",), "canvas", "Image"),
    Action("image.go_to_page", "Go to page…", ("Shift+PgDown",), "canvas", "Image"),
    Action("image.list_pages", "List all pages of the file", ("Ctrl+PgDown",), "canvas", "Image"),
    Action("image.unlist_pages", "List only worked-on pages", ("Ctrl+PgUp",), "canvas", "Image"),
    # Model
    Action("model.propose", "Propose with the model", ("R",), "correct", "Model", "sparkle"),
    Action(
        "model.propose_all",
        "Propose for the whole project",
        ("Shift+R",),
        "global",
        "Model",
        "sparkle",
    ),
    Action("model.add", "Add model…", ("Ctrl+M",), group="Model", icon="plus"),
    Action("model.mapping", "Classes of the model…", ("Ctrl+Shift+M",), group="Model"),
    Action(
        "model.evaluate", "Measure the model", ("Ctrl+Shift+E",), group="Model", icon="chart-bar"
    ),
    Action(
        "learn.start",
        "Learn from corrections…",
        ("Ctrl+Shift+L",),
        group="Model",
        icon="graduation-cap",
    ),
    Action("learn.toggle", "Start or stop learning", ("Ctrl+L",), group="Model"),
    Action("proposal.accept", "Accept", ("A",), "correct", "Model", "check"),
    Action("proposal.accept_class", "Accept all of this class", ("Shift+A",), "correct", "Model"),
    Action(
        "proposal.accept_all",
        "Accept all above the threshold",
        ("Ctrl+Shift+A",),
        "correct",
        "Model",
    ),
    Action("proposal.reject", "Reject", ("X",), "correct", "Model", "x"),
    Action("proposal.reject_all", "Reject all proposals", ("Ctrl+Shift+X",), "correct", "Model"),
    # Object
    Action("object.delete", "Delete", ("Del",), "correct", "Object", "trash"),
    Action("object.next", "Next object in the list's order", ("D",), "canvas", "Object"),
    Action("object.previous", "Previous object", ("Shift+D",), "canvas", "Object"),
    Action("object.step_order", "Next order to step in", ("Ctrl+Shift+D",), "canvas", "Object"),
    Action("object.next_below", "Next object in the stack", ("Tab",), "candidates", "Object"),
    Action("object.new", "New object of the current class", ("N",), "correct", "Object", "plus"),
    Action("object.merge", "Merge selected objects", ("M",), "correct", "Object", "intersect"),
    Action("object.cut_out", "Cut out of neighbours", ("Shift+K",), "correct", "Object"),
    Action(
        "object.give", "Give to the neighbour it touches", ("Ctrl+Shift+K",), "correct", "Object"
    ),
    Action("object.fill_gaps", "Fill gaps, drop specks", ("G",), "correct", "Object", "drop-half"),
    Action(
        "object.reshape", "Grow, shrink, smooth…", ("Ctrl+G",), "correct", "Object", "arrows-out"
    ),
    Action(
        "object.refine",
        "Follow the edges of the photo…",
        ("Shift+E",),
        "correct",
        "Object",
        "magnet",
    ),
    Action("object.lock", "Lock or unlock", ("L",), "correct", "Object", "lock-simple"),
    Action("object.hide", "Hide or show object", ("H",), "correct", "Object", "eye-slash"),
    Action("object.only_class", "Show only this class", ("Shift+H",), "correct", "Object"),
    Action("object.doubtful", "Mark doubtful", ("U",), "correct", "Object", "question"),
    Action("object.note", "Add a note", ("J",), "correct", "Object", "note"),
    Action("object.front", "Bring to front", ("Ctrl+]",), "correct", "Object"),
    Action("object.back", "Send to back", ("Ctrl+[",), "correct", "Object"),
    Action(
        "object.copy_next",
        "Copy objects to the next image",
        ("Ctrl+Shift+W",),
        "correct",
        "Object",
        "copy",
    ),
    # Class
    *_classes(),
    Action("class.picker", "Choose a class", ("C",), "correct", "Class"),
    Action("class.add", "Add a class", ("Shift+N",), "correct", "Class", "plus"),
    Action("class.rename", "Rename the class", ("Shift+C",), "correct", "Class"),
    Action("class.merge", "Merge the class into another…", ("Shift+M",), "correct", "Class"),
    Action("class.delete", "Delete the class…", ("Shift+Del",), "correct", "Class"),
    Action("class.guideline", "Guideline of the class…", ("Ctrl+Shift+F4",), group="Class"),
    Action(
        "class.lock",
        "Lock or unlock the class list",
        ("Ctrl+Shift+F3",),
        group="Class",
        icon="lock-simple",
    ),
    # View
    Action("place.correct", "Correct", ("Ctrl+1",), group="View", icon="paint-brush"),
    Action("place.inspect", "Inspect", ("Ctrl+2",), group="View", icon="chart-bar"),
    Action("place.models", "Models", ("Ctrl+3",), group="View", icon="cube"),
    Action("inspect.fix", "Open this image in Correct", ("F2",), "inspect", "View"),
    Action("view.zoom_in", "Zoom in", ("+", "="), "canvas", "View"),
    Action("view.zoom_out", "Zoom out", ("-",), "canvas", "View"),
    Action("view.fit", "Fit image", ("Ctrl+0",), "canvas", "View"),
    Action("view.one_to_one", "Pixel for pixel", ("Ctrl+9",), "canvas", "View"),
    Action("view.zoom_object", "Zoom to object, again: fit", ("Z",), "canvas", "View", "crosshair"),
    Action("view.photo_alone", "Photo alone (hold)", ("T",), "canvas", "View", held=True),
    Action("view.masks_alone", "Masks alone (hold)", (",",), "canvas", "View", held=True),
    Action(
        "view.changes",
        "Changes since proposal (hold)",
        (".",),
        "canvas",
        "View",
        held=True,
    ),
    Action(
        "view.coverage",
        "Veil over unseen parts",
        ("Ctrl+Shift+V",),
        "canvas",
        "View",
        "map-trifold",
    ),
    Action(
        "view.people",
        "Show what people changed",
        ("Ctrl+Shift+H",),
        "canvas",
        "View",
        "users",
    ),
    Action("view.next_unseen", "Next unseen part", ("Shift+U",), "canvas", "View"),
    Action("view.fills", "Fills on or off", ("Shift+T",), "canvas", "View"),
    Action("view.opacity_down", "Opacity down", ("Shift+[", "{"), "canvas", "View"),
    Action("view.opacity_up", "Opacity up", ("Shift+]", "}"), "canvas", "View"),
    Action("view.line_width", "Outline width", ("O",), "canvas", "View"),
    Action("view.light", "Window, channels, brightness…", ("Shift+B",), "canvas", "View", "sun"),
    Action("view.canvas_only", "Canvas only", ("`",), "correct", "View"),
    Action("view.side_panel", "Side panel", ("Ctrl+B",), group="View", icon="layout"),
    Action("view.filmstrip", "Filmstrip", ("Ctrl+J",), group="View"),
    Action("app.full_screen", "Full screen", ("F11",), group="View"),
    Action("pane.next", "Next pane", ("F6",), group="View"),
    Action("pane.previous", "Previous pane", ("Shift+F6",), group="View"),
    Action("app.palette", "Search", ("Ctrl+K",), group="Help", icon="magnifying-glass"),
    Action("app.keys", "Keys", ("F1",), group="Help", icon="keyboard"),
    Action("app.rebind", "Change keys…", ("Ctrl+F1",), group="Help", icon="keyboard"),
    Action("app.menu", "Menu", ("F10",), group="Help", icon="list"),
    Action("app.memory", "Memory", ("F12",), group="Help", icon="gauge"),
    Action("app.stalls", "Watch for stalls", ("Shift+F12",), group="Help"),
    Action("app.about", "About Maskwright", ("Shift+F1",), group="Help"),
)
