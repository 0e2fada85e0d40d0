"""The sheet "Check masks" and what stands behind it, on a real project."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.dialogs.lint_sheet import LintSheet
from engine.document.commands import Replace
from engine.document.document import Status
from engine.document.lint import lint
from engine.masks.mask import Mask
from engine.store.lint_settings import left_of, limits_of


@pytest.fixture
def project(scene):
    person, cat = scene.add_classes("person", scene.LONG)
    scene.add_image(
        "a.png", [(person, (5, 5, 60, 60)), (cat, (70, 5, 73, 8)), (cat, (5, 4, 60, 60))]
    )
    scene.add_image("b.png", [(cat, (5, 5, 40, 40))])
    scene.add_image("c.png", [(cat, (5, 5, 50, 50)), (cat, (30, 30, 70, 90))])
    scene.open("correct")
    return scene


@pytest.fixture
def sheet(project, beside_canvas):
    return beside_canvas(LintSheet, project.services)


def opened(project, sheet, qtbot, at):
    project.session.open_image(project.session.images[at].id)
    qtbot.waitUntil(lambda: sheet.linting.known)


def looked(sheet, qtbot):
    sheet.images.look.click()
    qtbot.waitUntil(lambda: sheet.linting.look.looked)


def names(sheet):
    return [line.name for line in sheet.list.lines]


def test_findings_are_listed_with_class_and_size(project, sheet, qtbot):
    assert sheet.found.text() == "No image is open."
    opened(project, sheet, qtbot, 0)
    assert sheet.found.text() == "2 faults in this image"
    assert names(sheet) == ["A speck as an object of its own", "One object with two classes"]
    speck, clash = sheet.list.lines
    assert (speck.words, speck.figure) == (f"{project.LONG} #2", "9 px")
    assert clash.words in (f"person #1 and {project.LONG} #3", f"{project.LONG} #3 and person #1")
    assert sheet.card.words.text() == "Mending deletes #2."
    assert sheet.card.mend.isVisible()
    assert sheet.rules.boxes["speck"].isChecked()


def test_a_finding_is_mended_and_the_next_is_looked_at(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    sheet.card.mend.click()
    assert sheet.linting.current().rule == "clash", "at once, before the next look"
    assert project.session.history.undo_label == "Remove specks"
    assert project.session.document.status is Status.DONE
    qtbot.waitUntil(lambda: names(sheet) == ["One object with two classes"])
    assert not sheet.main.isEnabled(), "what is left is a question"


def test_of_two_that_are_one_the_chosen_stays(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    sheet.linting.choose(next(k for k in sheet.linting.shown.rows if k.startswith("clash")))
    assert not sheet.card.mend.isVisible()
    assert {each.accessibleName() for each in sheet.card.keep} == {
        "Keep person #1, delete the other",
        f"Keep {project.LONG} #3, delete the other",
    }
    at = [each.text() for each in sheet.card.keep].index("Keep #3")
    sheet.card.keep[at].click()
    assert sorted(project.session.document.annotations) == [2, 3]
    assert project.session.history.undo_label == "Keep one of two objects"
    assert project.session.document.status is Status.DONE
    project.session.history.undo()
    qtbot.waitUntil(lambda: len(sheet.list.lines) == 2)


def test_mending_a_question_or_a_locked_object_says_why_not(project, sheet, qtbot, heard):
    opened(project, sheet, qtbot, 0)
    cat = project.session.taxonomy.by_name(project.LONG)
    project.project.set_class_view(cat.id, locked=True)
    assert not sheet.linting.mend()
    assert heard[-1].startswith("It is locked")
    sheet.linting.choose(next(k for k in sheet.linting.shown.rows if k.startswith("clash")))
    assert not sheet.linting.mend()
    assert heard[-1].startswith("Two classes claim one object")


def test_what_was_left_stays_left_and_can_be_shown(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    image = project.session.image.id
    key = sheet.linting.current().key
    sheet.card.leave.click()
    assert sheet.found.text() == "1 fault in this image · 1 left as it is"
    assert left_of(project.project, image) == {key}
    assert sheet.show_left.text() == "Show the one that you left"
    sheet.show_left.click()
    assert len(sheet.list.lines) == 2
    sheet.linting.choose(key)
    assert sheet.card.leave.text() == "Count it again"
    # What is left is not hatched.
    qtbot.waitUntil(lambda: not sheet.linting.region.at(71, 6))
    assert sheet.linting.region
    sheet.main.click()  # nothing but questions is left to mend
    assert 2 in project.session.document.annotations
    sheet.card.leave.click()
    assert left_of(project.project, image) == frozenset()
    assert sheet.main.isEnabled()


def test_rules_and_limits_are_kept_with_the_project(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    sheet.rules.boxes["clash"].click()
    qtbot.waitUntil(lambda: names(sheet) == ["A speck as an object of its own"])
    sheet.rules.fields["island"].setValue(8)
    qtbot.waitUntil(lambda: not sheet.list.lines)
    assert sheet.found.text() == "Nothing to mend here"
    kept = limits_of(project.project)
    assert kept.island == 8
    assert "clash" not in kept.rules
    sheet.rules.fields["duplicate"].setValue(95)
    assert limits_of(project.project).duplicate == 0.95
    again = LintSheet(project.services, sheet._canvas)
    qtbot.addWidget(again)
    assert again.linting.limits == limits_of(project.project)
    assert not again.rules.boxes["clash"].isChecked()


def test_all_images_are_looked_through_and_mended(project, sheet, qtbot, heard):
    looked(sheet, qtbot)
    rows = {line.name: (line.words, line.figure) for line in sheet.images.list.lines}
    assert rows == {
        "a.png": ("Specks 1 · Two classes for one object 1", "2"),
        "c.png": ("Overlaps 1", "1"),
    }
    sheet.images.next.click()
    assert project.session.image.file_name == "a.png"
    assert sheet.images.all.text() == "Mend all 2 images"
    sheet.images.all.click()
    qtbot.waitUntil(lambda: [line.figure for line in sheet.images.list.lines] == ["1"])
    assert heard[-1] == "2 faults mended. 1 left for you to decide."
    third = project.session.images[2]
    assert third.status is Status.DONE
    project.session.open_image(third.id)
    assert lint(project.session.document, project.session.taxonomy) == []
    assert project.session.history.undo_label == "Give shared pixels to the upper object"


def test_images_with_faults_can_be_the_queue(project, sheet, qtbot):
    asked = []
    project.session.among_asked.connect(lambda ids, words: asked.append((ids, words)))
    assert not sheet.images.queue.isEnabled()
    looked(sheet, qtbot)
    sheet.images.queue.click()
    ids = [each.id for each in project.session.images]
    assert asked == [(frozenset((ids[0], ids[2])), "images with faults")]


def test_looking_can_be_stopped_and_other_limits_make_it_old(project, sheet, qtbot):
    sheet.images.look.click()
    assert sheet.images.look.text() == "Stop looking"
    sheet.images.look.click()
    assert sheet.linting.look.progress is None
    assert not sheet.linting.look.looked
    looked(sheet, qtbot)
    sheet.rules.boxes["overlap"].click()
    assert not sheet.images.list.lines
    assert not sheet.linting.look.looked


def test_an_image_that_is_not_in_the_list_marks_no_row(project, sheet, qtbot):
    looked(sheet, qtbot)
    opened(project, sheet, qtbot, 0)
    assert sheet.images.list.key() == project.session.image.id
    opened(project, sheet, qtbot, 1)
    assert sheet.images.list.key() is None
    assert sheet.card.isHidden()
    assert not sheet.main.isEnabled()


def test_the_overlay_goes_with_the_sheet(project, sheet, qtbot):
    assert sheet._layer in sheet._canvas.picture.over
    sheet.hide()
    assert sheet._layer is None
    assert not sheet._canvas.picture.over


def test_enter_with_ctrl_mends_the_image(project, sheet, qtbot):
    opened(project, sheet, qtbot, 0)
    qtbot.keyClick(sheet, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(sheet) == ["One object with two classes"])


def held_look(sheet, monkeypatch):
    """From now on no look ends, as for a moment after each change of a large image."""
    monkeypatch.setattr(sheet.linting._open, "_begin", lambda: None)


def test_a_speck_that_was_painted_over_a_moment_ago_is_not_deleted(
    project, sheet, qtbot, monkeypatch, heard
):
    opened(project, sheet, qtbot, 0)
    held_look(sheet, monkeypatch)
    session = project.session
    speck = session.document.find(2)
    session.do(Replace((speck,), (replace(speck, mask=Mask.rectangle((70, 5, 90, 20))),), "Paint"))
    assert sheet.linting.current().rule == "speck", "the list is old for a moment"
    assert not sheet.linting.mend()
    assert heard[-1] == "It is gone already."
    assert session.document.find(2).mask.area == 300


def test_a_finding_that_changed_a_moment_ago_is_mended_as_it_is_now(
    project, sheet, qtbot, monkeypatch
):
    opened(project, sheet, qtbot, 2)
    held_look(sheet, monkeypatch)
    session = project.session
    lower, upper = session.document.ordered()
    moved = replace(upper, mask=Mask.rectangle((20, 20, 70, 90)))
    session.do(Replace((upper,), (moved,), "Paint"))
    assert sheet.linting.mend()
    assert session.document.find(lower.id).mask.area == 45 * 45 - 30 * 30


def test_what_is_too_large_to_be_looked_at_at_once_waits(project, sheet, qtbot, monkeypatch, heard):
    opened(project, sheet, qtbot, 2)
    monkeypatch.setattr("app.linting._AT_ONCE", 10)
    held_look(sheet, monkeypatch)
    lower, _ = project.session.document.ordered()
    project.session.do(Replace((lower,), (replace(lower, note="x"),), "Note"))
    assert not sheet.linting.mend()
    assert heard[-1].startswith("The image has just changed")
    monkeypatch.undo()
    sheet.linting._open.now()
    qtbot.waitUntil(lambda: sheet.linting._open.fresh)
    assert sheet.linting.mend()


def test_keeping_one_that_is_gone_deletes_nothing(project, sheet, qtbot, monkeypatch, heard):
    opened(project, sheet, qtbot, 0)
    sheet.linting.choose(next(k for k in sheet.linting.shown.rows if k.startswith("clash")))
    held_look(sheet, monkeypatch)
    session = project.session
    first = session.document.find(1)
    session.do(Replace((first,), (), "Delete"))
    assert not sheet.linting.keep(1)
    assert heard[-1] == "It is gone already."
    assert session.document.find(3) is not None
