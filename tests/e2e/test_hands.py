"""Many hands in the real window: handed out, taken back, conflicts decided by key, agreement."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog

from app.dialogs.agree_page import AgreePage
from app.dialogs.class_sheet import ClassSheet
from app.dialogs.hands_sheet import HandsSheet
from app.dialogs.take_back_page import TakeBackPage
from engine.document.annotation import Annotation
from engine.document.commands import FlipPixels, Replace
from engine.document.finishing import mark_done
from engine.document.taxonomy_commands import delete_class, merge_classes, rename
from engine.masks.mask import Mask
from engine.store import Project

Key = Qt.Key


@pytest.fixture
def w(at_work):
    """At work, with a cell of a certain place in each image; an image is open."""
    d = at_work
    project = d.session.project
    for row in project.images():
        (number,) = project.new_ids(1)
        new = Annotation(
            id=number, class_id=d.class_id("cell"), mask=Mask.rectangle((100, 80, 180, 140)),
            created=float(number),
        )  # fmt: skip
        project.history(project.load(row.id)).do(Replace((), (new,), "Add object"))
    d.canvas.settle()
    yield d
    d.window.close_sheet()


def sheet_of(d, kind):
    assert isinstance(d.window.sheet, kind), d.window.sheet
    return d.window.sheet


def hand_out(d, parts=2, overlap=100):
    """Through the sheet; the files of the parts."""
    d.trigger("file.share")
    sheet = sheet_of(d, HandsSheet)
    sheet.out.parts.setValue(parts)
    sheet.out.overlap.setValue(overlap)
    folder = Path(sheet.out.folder.path())
    sheet.main.click()
    d.until(lambda: "-parts." in sheet.foot_words.text())
    return sorted(folder.glob("*.maskwright"))


def at_work_in(path, act):
    part = Project.open(path)
    act(part)
    part.close()


def flip(box, image=0, person="", done=False):
    """Turn over a box in the cell of an image, as ``person``."""

    def act(part):
        row = part.images()[image]
        document = part.load(row.id)
        (each,) = document.annotations.values()
        history = part.history(document)
        history.do(FlipPixels(each.id, Mask.rectangle(box)))
        now = document.annotations[each.id]
        history.do(Replace((now,), (replace(now, person=person, modified=5.0),)))
        if done:
            history.do(mark_done(document))

    return act


def take_back(d, files):
    d.trigger("file.share")
    sheet = sheet_of(d, HandsSheet)
    sheet.show_page("back")
    sheet.back.asked.emit(list(files))
    d.until(lambda: bool(sheet.back.results.text()))
    return sheet


def test_parts_go_out_and_come_back_as_steps_of_their_images(w):
    parts = hand_out(w, overlap=0)
    assert [each.name for each in parts] == ["photos-part1.maskwright", "photos-part2.maskwright"]
    w.picture("hands_out")
    at_work_in(parts[0], flip((180, 80, 200, 140)))
    sheet = take_back(w, parts)
    assert "part 1 of 2: 1 image changed, 1 object." in sheet.back.results.text()
    assert len(sheet.back.list.lines) == 0
    assert w.objects[0].mask.area == 80 * 60 + 20 * 60
    w.window.close_sheet()
    w.ctrl(Key.Key_Z)
    assert w.objects[0].mask.area == 80 * 60
    assert "Merge from part 1 of 2" in w.session.history.redo_label


def test_a_conflict_is_shown_and_decided_by_a_key(w):
    parts = hand_out(w)
    at_work_in(parts[0], flip((180, 80, 200, 140), person="Ana"))
    at_work_in(parts[1], flip((180, 80, 220, 140), person="Ben"))
    sheet = take_back(w, parts)
    queue = sheet.back.queue
    w.until(lambda: len(queue.rows) == 1)
    sheet.back.list.setFocus()
    w.key(Key.Key_Down)
    w.until(lambda: queue.found is not None)
    assert w.session.image.file_name == "photo_0.png"
    assert "both changed its outline at the same place; 1,200 px differ." in sheet.back.words.text()
    assert "Mine is by Ana, theirs by Ben." in sheet.back.words.text()
    (tint,) = queue._tints()
    assert tint.region.same(Mask.rectangle((200, 80, 220, 140)))
    w.picture("hands_conflict")
    w.key(Key.Key_Right)  # theirs
    w.until(lambda: not queue.rows)
    assert w.objects[0].mask.area == 80 * 60 + 40 * 60
    assert sheet.back.words.text() == ""
    w.canvas.setFocus()
    w.ctrl(Key.Key_Z)
    w.until(lambda: len(queue.rows) == 1)  # undo opens it again
    assert w.objects[0].mask.area == 80 * 60 + 20 * 60
    sheet.back.list.choose(queue.rows[0].id)
    w.until(lambda: queue.found is not None)
    sheet.back.list.setFocus()
    w.key(Key.Key_Left)  # mine
    w.until(lambda: not queue.rows)
    assert w.session.history.undo_label == "Keep mine"


def test_what_both_drew_can_be_kept_twice_by_a_key(w):
    parts = hand_out(w)

    def draw(box):
        def act(part):
            row = part.images()[0]
            (number,) = part.new_ids(1)
            new = Annotation(id=number, class_id=2, mask=Mask.rectangle(box), created=float(box[2]))
            part.history(part.load(row.id)).do(Replace((), (new,)))

        return act

    at_work_in(parts[0], draw((20, 20, 60, 60)))
    at_work_in(parts[1], draw((24, 16, 66, 60)))
    sheet = take_back(w, parts)
    queue = sheet.back.queue
    w.until(lambda: len(queue.rows) == 1)
    sheet.back.list.setFocus()
    w.key(Key.Key_Down)
    w.until(lambda: queue.found is not None)
    assert sheet.back.both.isVisible()
    w.key(Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    w.until(lambda: not queue.rows)
    assert len(w.objects) == 3


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_all_conflicts_are_decided_for_one_side_at_once(w, side):
    parts = hand_out(w)
    for image in range(3):
        at_work_in(parts[0], flip((180, 80, 200, 140), image, person="Ana"))
        at_work_in(parts[1], flip((180, 80, 220, 140), image, person="Ben"))
    sheet = take_back(w, parts)
    queue = sheet.back.queue
    w.until(lambda: len(queue.rows) == 3)
    sheet.back.list.setFocus()
    w.key(Key.Key_Home)
    w.until(lambda: queue.found is not None)
    assert "Mine is by Ana, theirs by Ben." in sheet.back.words.text()
    w.picture("hands_conflicts")
    button = {"mine": sheet.back.all_mine, "theirs": sheet.back.all_theirs}[side]
    assert button.text().endswith("in all 3")
    button.click()
    w.until(lambda: not queue.rows and not w.session.slices.words)
    assert w.last_said == "3 conflicts decided in 3 images."
    assert queue.found is None
    assert not w.canvas.picture.plan._tints
    areas = {
        a.mask.area for d in w.session.project.iter_documents() for a in d.annotations.values()
    }
    assert areas == {80 * 60 + (20 if side == "mine" else 40) * 60}
    assert not sheet.back.all_mine.isVisible()


def test_a_list_of_thousands_of_conflicts_has_them_all(w):
    from engine.document.conflict import Conflict, encode

    project, number = w.session.project, w.objects[0].id
    for at in range(3_000):
        patch = Mask.rectangle((at % 90, at // 90, at % 90 + 5, at // 90 + 5))
        each = Conflict(kind="pixels", annotation=number, theirs=w.objects[0], patch=patch,
                        mine_class=2, theirs_class=2)  # fmt: skip
        project.add_conflict(w.session.image.id, "part 2 of 2", encode(each))
    w.trigger("file.share")
    sheet = sheet_of(w, HandsSheet)
    sheet.show_page("back")
    queue = sheet.back.queue
    w.until(lambda: len(queue.rows) == 3_000)
    assert len(sheet.back.list.lines) == 3_000
    sheet.back.list.setFocus()
    w.key(Key.Key_Home)
    w.until(lambda: queue.current == queue.rows[0])
    w.key(Key.Key_End)
    w.until(lambda: queue.current == queue.rows[-1])
    assert len(queue._read) < 100, "only what is seen is unpacked"
    w.key(Key.Key_Left)
    w.until(lambda: len(queue.rows) == 2_999)
    w.until(lambda: queue.current == queue.rows[-1])


def test_theirs_of_a_class_that_was_deleted_here_brings_it_back(w):
    parts = hand_out(w)
    at_work_in(parts[1], flip((180, 80, 220, 140)))
    assert w.session.do_project(delete_class(w.session.taxonomy, w.class_id("cell")))
    sheet = take_back(w, parts)
    queue = sheet.back.queue
    w.until(lambda: len(queue.rows) == 1)
    sheet.back.list.setFocus()
    w.key(Key.Key_Home)
    w.until(lambda: queue.found is not None)
    assert "deleted here, changed in part 2 of 2." in sheet.back.words.text()
    w.key(Key.Key_Right)
    w.until(lambda: not queue.rows)
    assert w.session.taxonomy.by_name("cell") is not None
    assert [each.mask.area for each in w.objects] == [80 * 60 + 40 * 60]


def test_agreement_lists_the_worst_image_first_and_shows_where(w):
    parts = hand_out(w)
    for image in (0, 1):
        at_work_in(parts[0], flip((180, 80, 200, 140), image, done=True))
    at_work_in(parts[1], flip((180, 80, 200, 140), 0, done=True))
    at_work_in(parts[1], flip((180, 80, 240, 140), 1, done=True))
    w.trigger("file.share")
    sheet = sheet_of(w, HandsSheet)
    sheet.show_page("agree")
    w.picture("hands_agreement_empty")
    sheet.agree.asked.emit(parts)
    w.until(lambda: len(sheet.agree.list.lines) == 2)
    assert [line.name for line in sheet.agree.list.lines] == ["photo_1.png", "photo_0.png"]
    assert "Cohen's kappa" in sheet.agree.state.text()
    sheet.agree.list.setFocus()  # the first of the list opens
    w.until(lambda: bool(w.canvas.picture.plan._tints))
    assert w.session.image.file_name == "photo_1.png"
    (tint,) = w.canvas.picture.plan._tints
    assert tint.region.same(Mask.rectangle((200, 80, 240, 140)))
    w.picture("hands_agreement")
    w.window.close_sheet()
    assert not w.canvas.picture.plan._tints


def test_what_is_no_part_is_said(w, tmp_path):
    other = tmp_path / "other.maskwright"
    Project.create(other).close()
    w.trigger("file.share")
    sheet = sheet_of(w, HandsSheet)
    sheet.show_page("back")
    sheet.back.asked.emit([other])
    w.until(lambda: bool(sheet.back.notes.text()))
    assert "other.maskwright is no part or copy of “photos”" in sheet.back.notes.text()


def test_the_class_list_is_locked_and_says_so(w):
    w.trigger("class.lock")
    panel = w.window.side_panel.classes
    assert panel.fixed.isVisible()
    assert "locked the classes on" in w.services.actions.missing("class.add")
    before = w.session.taxonomy.classes
    assert not w.session.do_project(rename(w.session.taxonomy, before[0].id, "blob"))
    assert "so “Rename cell” was refused" in w.last_said
    assert w.session.taxonomy.classes == before
    w.picture("hands_locked")
    w.trigger("class.lock")
    assert not panel.fixed.isVisible()
    assert w.services.actions.missing("class.add") == ""


def test_the_class_list_is_not_locked_while_classes_are_being_merged(w):
    """At its end a merge takes the class away, which a lock would refuse with the images done."""
    session, project = w.session, w.session.project
    source, target = w.class_id("cell"), w.class_id("nucleus")
    change = merge_classes(session.taxonomy, source, target)

    def slowly():
        work = project.project_history.doing(change)
        for share in work:
            yield share
            yield None  # the window has its turn

    session.slices.change(session, slowly(), "Merging cell into nucleus")
    w.trigger("class.lock")
    assert "Merging cell into nucleus: " in w.last_said
    assert project.class_lock is None
    w.until(lambda: not session.slices.words)
    assert session.taxonomy.by_name("cell") is None
    assert {a.class_id for a in w.objects} == {target}
    w.trigger("class.lock")
    assert project.class_lock is not None


def test_a_class_has_a_guideline_and_an_example(w):
    w.trigger("class.guideline")
    sheet = sheet_of(w, ClassSheet)
    sheet.text.setFocus()
    w.type("Up to the membrane")
    w.until(lambda: w.session.taxonomy.by_name("cell").guideline == "Up to the membrane")
    w.session.set_selection({w.objects[0].id})
    sheet.take.click()
    w.until(lambda: sheet.example.image is not None)
    cell = w.session.taxonomy.by_name("cell")
    assert (cell.example_image, cell.example_object) == (w.session.image.id, w.objects[0].id)
    assert sheet.text.toPlainText() == "Up to the membrane"
    w.picture("hands_guideline")
    w.session.set_class(w.class_id("nucleus"))
    assert (sheet.text.toPlainText(), sheet.example.image) == ("", None)
    w.trigger("class.lock")
    assert sheet.text.isReadOnly()
    assert "guards against accidents" in sheet.state.text()
    w.trigger("class.lock")
    w.trigger("edit.undo_project")
    assert w.session.taxonomy.by_name("cell").example_image == 0


def test_taking_back_many_images_goes_on_between_events(w):
    project = w.session.project
    files = [project.path.parent / f"more_{n:03}.png" for n in range(60)]
    for row in project.add_images(files, [(1500, 2000)] * len(files)):
        boxes = [(200 * k, 100, 200 * k + 150, 900) for k in range(8)]
        new = [
            Annotation(id=number, class_id=2, mask=Mask.rectangle(box))
            for number, box in zip(project.new_ids(8), boxes, strict=True)
        ]
        project.add_annotations(row.id, new)
    w.session.refresh_images()
    (part,) = hand_out(w, 1, 0)

    def work(part):
        for row in part.images():
            document = part.load(row.id)
            history = part.history(document)
            for number in document.annotations:
                history.do(FlipPixels(number, Mask.rectangle((10, 10, 190, 190))))
            history.do(mark_done(document))

    at_work_in(part, work)
    seen = []
    w.session.images_changed.connect(lambda _ids: seen.append(w.session.slices.words))
    ticks = QTimer(interval=0)
    ticks.timeout.connect(lambda: seen.append(w.session.slices.words))
    ticks.start()
    sheet = take_back(w, [part])
    ticks.stop()
    assert "part 1 of 1: 63 images changed" in sheet.back.results.text()
    meanwhile = [words for words in seen if words]
    assert len(meanwhile) > 3, "the window had its turn while the merge went on"
    assert all(words.startswith("Merging photos-part1: ") for words in meanwhile)


@pytest.mark.parametrize("kind", [AgreePage, TakeBackPage])
def test_files_are_chosen_beside_the_window(w, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "open", lambda self: None)  # no stray window
    w.trigger("file.share")
    [page] = sheet_of(w, HandsSheet).findChildren(kind)
    heard = []
    page.asked.disconnect()
    page.asked.connect(heard.append)
    page.choose()
    [dialog] = page.findChildren(QFileDialog)
    dialog.filesSelected.emit([str(tmp_path / "part.maskwright")])
    dialog.deleteLater()
    assert heard == [[tmp_path / "part.maskwright"]]
