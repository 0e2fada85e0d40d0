"""What becomes of proposals, and what the model's classes become, in the real window."""

import json

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.panels.class_limits import ClassLimits
from engine.document.document import Status
from engine.document.taxonomy_commands import add_class
from engine.jobs.job import EvaluateSpec

pytestmark = pytest.mark.assets
Key = Qt.Key
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def d(live, assets, tmp_path):
    """The program on two photos, the first one open with what the model proposes for it."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("dog.jpg", "truck.jpg"):
        Image.open(assets / "images" / name).save(folder / f"{name[:3]}.png")
    live.begin_again()
    live.open(folder)
    live.model_ready()
    propose(live)
    return live


def propose(d):
    with d.qtbot.waitSignal(d.services.inference.answered, timeout=60_000):
        d.key(Key.Key_R)


def by_name(d, objects):
    found = {}
    for each in objects:
        found.setdefault(d.session.taxonomy.name(each.class_id), []).append(each)
    return found


def waiting(d):
    return by_name(d, d.document.proposals.values())


def accepted(d):
    return by_name(d, d.document.annotations.values())


def test_every_way_to_decide_is_one_step(d):
    before = dict(d.document.proposals)
    surest = max(before.values(), key=lambda each: each.score)
    d.key(Key.Key_A)
    assert list(d.document.annotations) == [surest.id]
    d.ctrl(Key.Key_Z)
    assert not d.document.annotations
    assert d.document.proposals.keys() == before.keys()

    d.session.set_selection([waiting(d)["dog"][0].id])
    dogs = len([each for each in d.session.visible_proposals() if each.class_id == surest.class_id])
    d.shift(Key.Key_A)
    assert list(accepted(d)) == ["dog"]
    assert len(accepted(d)["dog"]) == dogs
    d.ctrl(Key.Key_Z)
    assert not d.document.annotations

    sure = [each for each in d.session.visible_proposals() if each.score >= 0.5]
    assert len(sure) > 0
    d.key(Key.Key_A, CTRL_SHIFT)
    assert d.document.annotations.keys() == {each.id for each in sure}
    d.ctrl(Key.Key_Z)
    assert d.document.proposals.keys() == before.keys()

    d.session.set_selection([surest.id])
    d.key(Key.Key_X)
    assert surest.id not in d.document.proposals
    d.ctrl(Key.Key_Z)
    assert d.document.proposals.keys() == before.keys()
    d.trigger("proposal.reject_all")
    assert not d.document.proposals
    d.ctrl(Key.Key_Z)
    assert d.document.proposals.keys() == before.keys()


def test_limits_act_live_per_class_and_are_kept_with_the_project(d):
    panel = d.window.side_panel.objects
    d.until(lambda: panel.model.in_groups)
    dog = d.class_id("dog")
    place = next(
        at for at, row in enumerate(panel.model.rows) if (row.kind, row.class_id) == ("group", dog)
    )
    d.canvas.settle()
    panel.open_limits(panel.model.index(place, 0))
    layer = panel.findChild(ClassLimits)
    others = len(d.session.visible_proposals()) - len(waiting(d)["dog"])
    layer.area.setValue(1_000_000)
    shown = {each.class_id for each in d.session.visible_proposals()}
    assert dog not in shown
    assert len(d.session.visible_proposals()) >= others
    d.picture("class_limits")
    layer.close()
    d.key(Key.Key_A, CTRL_SHIFT)
    assert "dog" not in accepted(d), "what is hidden is not accepted"
    d.until(lambda: d.session.project.setting("proposals.filter") is not None)
    path, kept = d.session.project.path, d.session.filter
    d.program.files.close()
    assert d.session.filter.min_area_class == {}, "limits belong to their project"
    d.open(path)
    assert d.session.filter == kept
    d.model_ready()


def test_proposing_again_leaves_what_was_accepted_and_hides_what_agrees(d):
    d.session.set_selection([max(waiting(d)["dog"], key=lambda each: each.mask.area).id])
    d.key(Key.Key_A)
    [mine] = d.document.annotations.values()
    old = set(d.document.proposals)
    undo = d.session.history.undo_label
    propose(d)
    assert list(d.document.annotations.values()) == [mine]
    assert not old & set(d.document.proposals), "unaccepted ones are replaced"
    assert len(d.document.proposals) == len(old), "the accepted one does not come back"
    assert all(each.mask.iou(mine.mask) < 0.8 for each in d.document.proposals.values())
    assert d.session.history.undo_label == undo, "proposing is no step"


def test_an_answer_waits_while_a_stroke_is_down(d):
    d.add_classes(mine=True)
    d.key(Key.Key_B)
    d.press((50, 50), (90, 90))
    old = set(d.document.proposals)
    number = d.session.image.id
    got = []
    d.services.inference.answered.connect(lambda image, answer: got.append(image))
    d.services.inference.propose(number)
    d.until(lambda: got == [number])
    assert set(d.document.proposals) == old
    d.release(90, 90)
    d.until(lambda: set(d.document.proposals) != old)
    assert "mine" in accepted(d)


def choose(d, sheet, name, target):
    """Choose what a class of the model becomes, by keys and the menu."""
    row = next(at for at, row in enumerate(sheet.table.rows.rows) if row.name == name)
    index = sheet.table.rows.index(row, 0)
    sheet.table.setCurrentIndex(index)
    QTest.keyClick(sheet.table, Key.Key_Return)
    entry = next(e for e in sheet.table._menu.actions() if e.text() == target)
    entry.trigger()
    sheet.table._menu.close()


def test_the_mapping_is_what_all_roads_follow(d, tmp_path):
    """New, another class, left out: asking, the job, measuring."""
    assert "dog" in waiting(d), "a class without its like becomes a new one"
    d.session.do_project(add_class(d.session.taxonomy, "pet"))
    d.trigger("model.mapping")
    sheet = d.window.sheet
    choose(d, sheet, "dog", "pet")
    choose(d, sheet, "chair", "Leave out")
    d.picture("mapping")
    with d.qtbot.waitSignal(d.services.inference.answered, timeout=60_000):
        d.click(sheet.main)  # what waits is asked for again
    names = set(waiting(d))
    assert "pet" in names
    assert not names & {"dog", "chair"}

    # the job
    d.document.set_proposals([])
    d.trigger("model.propose_all")
    d.job_done("predict")
    assert "pet" in waiting(d)
    assert not set(waiting(d)) & {"dog", "chair"}

    # measuring: what the model says of its dog is right for "pet", and wrong once it is left out
    pet = max(waiting(d)["pet"], key=lambda each: each.mask.area)
    d.session.set_filter(show_above=0.0, min_area=0)
    for each in waiting(d)["pet"]:
        d.session.set_selection([each.id])
        d.trigger("proposal.accept")
    d.trigger("proposal.reject_all")
    d.trigger("image.done")
    assert d.session.row(d.session.image.id).status is Status.DONE
    assert measured(d)["pet"] > 0.99
    d.trigger("model.mapping")
    choose(d, d.window.sheet, "dog", "Leave out")
    d.click(d.window.sheet.main)
    assert measured(d)["pet"] == 0.0
    [worst] = d.services.jobs.jobs()[0].outcome["images"]
    [[yours, theirs, pixels]] = worst["errors"]
    assert (yours, theirs) == (pet.class_id, 1)
    assert pixels >= pet.mask.area
    json.dumps(worst)


def measured(d):
    """Class name → IoU of the model in use."""
    project = d.session.project
    d.services.jobs.start(EvaluateSpec(project=str(project.path), model=d.session.model.id))
    view = d.job_done("evaluate")
    return {each["name"]: each["iou"] for each in view.outcome["classes"]}
