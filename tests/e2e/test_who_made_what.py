"""Imports, people and commands told apart in the window; the time at the screen."""

import json
import threading

import numpy as np
from PySide6.QtCore import Qt

from app.canvas.changes import kinds
from app.intents.origin import YOUR_NAME
from engine.cli import main
from engine.jobs.job import ImportSpec
from engine.masks.mask import Mask

Key = Qt.Key
RIGHT = Qt.MouseButton.RightButton
SIZE = (240, 320)


def theirs(folder):
    """A COCO file of another program about the first photo: two cells, and tissue."""
    shapes = [(1, (200, 40, 240, 80)), (1, (250, 40, 290, 80)), (2, (200, 150, 300, 230))]
    entries = [
        {
            "id": number,
            "image_id": 1,
            "category_id": kind,
            "iscrowd": 0,
            "segmentation": [[x, y, right, y, right, bottom, x, bottom]],
            "bbox": [x, y, right - x, bottom - y],
            "area": (right - x) * (bottom - y),
        }
        for number, (kind, (x, y, right, bottom)) in enumerate(shapes, 1)
    ]
    image = {"id": 1, "file_name": "photo_0.png", "height": SIZE[0], "width": SIZE[1]}
    classes = [{"id": 1, "name": "cell"}, {"id": 2, "name": "tissue"}]
    path = folder / "theirs.json"
    path.write_text(json.dumps({"images": [image], "annotations": entries, "categories": classes}))
    return path


def shown(card):
    """What the card says: of what, and its lines."""
    return [each.text() for each in (card.object, *card.lines) if not each.isHidden()]


def test_what_was_imported_is_neither_drawn_nor_proposed(d, photos, tmp_path):
    """Objects and areas: in the panel, in the figures, and in whose each pixel is."""
    d.open(photos)
    d.add_classes(cell=True, tissue=False)
    d.services.settings.set(YOUR_NAME, "Ana")
    spec = ImportSpec(
        project=str(d.session.project.path), source=str(theirs(tmp_path)), images=str(photos)
    )
    with d.qtbot.waitSignal(d.services.jobs.ended, timeout=60_000):
        d.services.jobs.start(spec)
    d.until(lambda: len(d.objects) == 2)
    first, _second = d.document.annotations
    d.session.set_selection([first])
    values = d.window.side_panel.selection._values
    d.until(lambda: values["Origin"].text() == "theirs.json, imported")
    d.session.set_radius(10)
    d.key(Key.Key_B)
    d.stroke((240, 60))
    d.until(lambda: values["Origin"].text() == "theirs.json, edited by you")
    d.trigger("view.people")
    origin = next(each for each in d.window.intents if hasattr(each, "people"))
    d.until(lambda: origin.people.settled)
    assert origin.card.counts.text() == "1 as imported · 1 changed"
    words = shown(origin.card)
    assert words[0] == f"cell #{first}"
    assert words[1] == "1,600 px kept from theirs.json"
    assert "px added by Ana, today" in words[2]
    d.picture("people_imported")
    d.session.set_selection([])
    d.session.set_class(d.class_id("tissue"))
    d.until(lambda: shown(origin.card)[:1] == ["Area · tissue"])
    assert shown(origin.card)[1:] == ["8,000 px kept from theirs.json"]
    d.stroke((180, 190), (190, 190))
    d.services.settings.set(YOUR_NAME, "Ben")
    d.stroke((300, 220), button=RIGHT)
    d.until(lambda: origin.people.settled and len(shown(origin.card)) == 4)
    words = shown(origin.card)
    area = d.document.layer.mask(d.class_id("tissue"))
    brought = Mask.rectangle((200, 150, 300, 230))
    assert words[1] == f"{(area & brought).area:,} px kept from theirs.json"
    assert f"{(brought - area).area:,} px erased by Ben, today" in words[2]
    assert f"{(area - brought).area:,} px added by Ana, today" in words[3]
    d.picture("people_area")
    assert not np.any(kinds(origin.people.found.both, (210, 160, 220, 170), 1)), "nobody drew it"
    for _ in range(3):
        d.ctrl(Key.Key_Z)
    d.until(lambda: origin.people.settled)
    assert origin.card.counts.text() == "2 as imported", "undone is as it came"
    assert shown(origin.card) == ["Area · tissue", "8,000 px kept from theirs.json"]


def command(d, *words):
    """Run a command beside the window, no sooner than a person could: the last step is kept."""
    d.session.project.flush()
    codes = []
    thread = threading.Thread(target=lambda: codes.append(main([str(word) for word in words])))
    thread.start()
    d.until(lambda: not thread.is_alive())
    assert codes == [0]


def test_an_export_of_the_command_line_is_noted_where_the_window_lists_versions(at_work, tmp_path):
    """The window owns the project all the while (decision 6)."""
    target = tmp_path / "out.json"
    command(at_work, "export", at_work.session.project.path, target)
    at_work.trigger("file.versions")
    sheet = at_work.window.sheet
    at_work.until(lambda: len(sheet.lines) == 1)

    def said(of):
        return [of(line).text() for line in sheet.lines.values()]  # they may be listed anew

    assert said(lambda line: line.title) == ["Export: out.json (coco)"]
    at_work.until(lambda: said(lambda line: line.since) == ["Changed since: nothing"])
    at_work.window.close_sheet()
    command(at_work, "export", at_work.session.project.path, target)
    path = at_work.session.project.path
    at_work.open(path)
    at_work.until(lambda: len(at_work.session.project.versions()) == 2)


def test_time_away_from_a_begun_polygon_is_no_work(at_work, monkeypatch):
    """Two points, lunch, two more: the object has taken the seconds at the screen."""
    at = [1_000.0]
    monkeypatch.setattr(at_work.canvas.hands._time, "_clock", lambda: at[0])
    at_work.canvas.hands._time._read = at[0]
    at_work.session.set_class(at_work.class_id("cell"))
    at_work.session.set_tool("polygon")
    for place, moment in (((40, 40), 1_001.0), ((90, 40), 1_003.0), ((90, 90), 4_600.0)):
        at[0] = moment
        at_work.press(*[place])
        at_work.release(*place)
    at[0] = 4_601.0
    at_work.key(Key.Key_Return)
    at_work.until(lambda: len(at_work.objects) == 1)
    assert at_work.objects[0].seconds == 2.0 + 10.0 + 1.0
