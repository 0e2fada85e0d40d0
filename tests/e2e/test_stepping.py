"""Objects of an image: stepped through in an order, filtered by a question, taken along."""

import pytest
from PySide6.QtCore import Qt

from app.panels import class_edits
from engine.masks.raster import disc
from tests.e2e.driver import CTRL, SHIFT
from tests.e2e.photos import make_photo
from tests.e2e.test_correcting import propose

Key = Qt.Key
SIZE = (240, 320)


@pytest.fixture
def w(at_work):
    """Four proposals: scores and sizes in different orders, one at the border."""
    w = at_work
    w.ids = dict(
        zip(
            ("large", "border", "small", "middle"),
            propose(
                w,
                ("cell", (100, 100), 40, 0.7),
                ("nucleus", (5, 60), 20, 0.45),
                ("cell", (200, 60), 8, 0.9),
                ("nucleus", (250, 150), 15, 0.35),
            ),
            strict=True,
        )
    )
    w.session.set_tool("brush")
    return w


def names(w, numbers):
    by_id = {number: name for name, number in w.ids.items()}
    return [by_id[number] for number in numbers]


def stepped(w, count, key=Key.Key_D, keys=Qt.KeyboardModifier.NoModifier):
    """The objects that this many steps select."""
    found = []
    for _ in range(count):
        w.key(key, keys)
        (number,) = w.session.selection
        found.append(number)
    return names(w, found)


def listed(w):
    panel = w.window.side_panel.objects
    return names(w, [row.annotation.id for row in panel.model.rows if row.annotation is not None])


def ask(w, text):
    """Type a question into the filter."""
    w.canvas.setFocus()
    w.key(Key.Key_Slash)
    field = w.window.side_panel.objects.search
    assert field.hasFocus()
    field.clear()
    w.type(text)
    w.canvas.setFocus()


def drawn(w):
    return set(names(w, w.canvas.picture.masks.shown))


# -- stepping --------------------------------------------------------------------------------


def test_stepping_follows_the_order_that_one_key_changes(w):
    assert stepped(w, 4) == ["middle", "border", "large", "small"], "most doubtful first"
    w.session.set_selection(())
    w.key(Key.Key_D, CTRL | SHIFT)
    assert w.last_said == "D steps lowest score first. 4 objects."
    assert stepped(w, 4) == ["middle", "border", "large", "small"]
    w.session.set_selection(())
    w.key(Key.Key_D, CTRL | SHIFT)
    assert w.last_said == "D steps largest first. 4 objects."
    assert stepped(w, 5) == ["large", "border", "middle", "small", "large"], "and around"
    assert stepped(w, 2, Key.Key_D, SHIFT) == ["small", "middle"]
    w.session.set_selection(())
    w.key(Key.Key_D, CTRL | SHIFT)
    assert stepped(w, 2) == ["small", "middle"]
    w.key(Key.Key_D, CTRL | SHIFT)
    assert w.session.listing.order == "doubt", "once around"


def test_the_list_has_the_same_order_and_keeps_it(w):
    w.until(lambda: len(listed(w)) == 4)
    w.window.side_panel.objects.model.set_sort("size")
    assert listed(w) == ["large", "border", "middle", "small"]
    assert stepped(w, 2) == ["large", "border"]
    assert w.services.settings.value("objects_order", "") == "size"


def test_a_step_brings_the_object_into_view(w):
    w.canvas.zoom_to((180, 40, 220, 80))
    w.session.set_selection([w.ids["small"]])
    w.key(Key.Key_D)
    (number,) = w.session.selection
    assert w.canvas.view.shows(w.document.find(number).mask.box)


# -- filter ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("score < 0.6", ["middle", "border"]),
        ("touching the border", ["border"]),
        ("area > 500", ["middle", "border", "large"]),
        ("class = cell", ["large", "small"]),
        ("doubtful and not touching the border", ["middle"]),
        ("nucl", ["middle", "border"]),
    ],
)
def test_list_and_stepping_go_through_what_passes(w, text, found):
    ask(w, text)
    assert listed(w) == found
    assert stepped(w, len(found) + 1) == [*found, found[0]]
    header = w.window.side_panel.objects.header
    assert header._count.text() == f"{len(found)} of 4"
    assert drawn(w) == set(w.ids), "the canvas draws everything, unless it is told otherwise"


def test_the_canvas_draws_only_what_passes_and_what_is_selected(w):
    ask(w, "score < 0.6")
    w.session.listing.set_on_canvas(True)
    assert drawn(w) == {"middle", "border"}
    w.hover(100, 100)
    assert w.session.hovered is None, "what is not drawn is not pointed at"
    w.session.set_selection([w.ids["large"]])
    assert drawn(w) == {"middle", "border", "large"}
    w.session.set_selection(())
    assert drawn(w) == {"middle", "border"}
    w.key(Key.Key_A, CTRL | SHIFT)
    assert w.ids["large"] not in w.document.annotations, "what is not drawn is not accepted"
    w.window.side_panel.objects.tools.clear()
    assert w.session.listing.text == ""
    assert drawn(w) == set(w.ids)


def test_an_edit_moves_an_object_in_and_out_of_the_filter(w):
    ask(w, "edited")
    assert listed(w) == []
    panel = w.window.side_panel.objects
    assert panel.none.isVisible()
    assert not panel.view.isVisible()
    w.key(Key.Key_D)
    assert w.last_said == "No object passes the filter. / leads to it."
    w.session.set_selection([w.ids["small"]])
    w.session.set_radius(6)
    w.stroke((206, 60), (214, 60))
    w.until(lambda: listed(w) == ["small"])
    w.ctrl(Key.Key_Z)
    w.until(lambda: listed(w) == [])


def test_a_wrong_question_is_told_and_changes_nothing(w):
    ask(w, "score < 0.6")
    panel = w.window.side_panel.objects
    panel.tools.ask("scroe < 0.4")
    assert panel.tools.words.isVisible()
    assert panel.tools.words.text() == "“scroe” cannot be compared. Did you mean “score”?"
    assert listed(w) == ["middle", "border"], "the last answer stays"
    panel.tools.ask("score < 0.4")
    assert not panel.tools.words.isVisible()
    assert listed(w) == ["middle"]


def test_half_a_question_is_no_mistake_while_it_is_typed(w):
    w.key(Key.Key_Slash)
    w.type("score <")
    panel = w.window.side_panel.objects
    assert w.session.listing.problem
    assert not panel.tools.words.isVisible()
    panel.tools._judge.timeout.emit()
    assert panel.tools.words.isVisible()
    panel.tools.clear()
    assert not panel.tools.words.isVisible()


def test_questions_are_completed(w):
    w.key(Key.Key_Slash)
    w.type("touch")
    panel = w.window.side_panel.objects
    offers = panel.tools.offers
    assert offers.isVisible()
    assert panel.search.hasFocus()
    w.key(Key.Key_Down)
    w.key(Key.Key_Return)
    assert w.session.listing.text == "touching the border"
    assert listed(w) == ["border"]
    assert not offers.isVisible()
    w.type(" and n")
    assert offers.isVisible()
    w.key(Key.Key_Escape)
    assert not offers.isVisible()
    assert panel.search.hasFocus(), "Escape closed the list and nothing else"
    w.key(Key.Key_Escape)
    assert w.canvas.hasFocus()


def test_ready_questions_are_in_the_menu(w):
    panel = w.window.side_panel.objects
    menu = panel.tools.menu()
    entry = next(each for each in menu.actions() if each.text() == "Touching the border")
    entry.trigger()
    assert listed(w) == ["border"]
    again = panel.tools.menu()
    entry = next(each for each in again.actions() if each.text() == "Touching the border")
    assert entry.isChecked()
    entry.trigger()
    assert w.session.listing.text == ""
    for each in (menu, again):
        each.deleteLater()


def test_the_filter_goes_along_to_the_next_image_and_not_to_another_project(w):
    ask(w, "score < 0.6")
    w.key(Key.Key_W)
    assert w.session.listing.text == "score < 0.6"
    w.program.files.close()
    assert w.session.listing.text == ""


# -- to the next image -----------------------------------------------------------------------


@pytest.fixture
def drawn_here(at_work):
    """Three cells drawn by hand; the third in the lower right corner."""
    d = at_work
    d.session.set_radius(15)
    d.key(Key.Key_B)
    for place in ((60, 60), (150, 60), (300, 220)):
        d.key(Key.Key_N)
        d.stroke(place)
    d.key(Key.Key_V)
    d.ctrl(Key.Key_D)
    return d


def test_all_objects_go_to_the_next_image_as_one_step(drawn_here):
    d = drawn_here
    first = d.session.image.id
    masks = [each.mask for each in d.objects]
    d.key(Key.Key_W, CTRL | SHIFT)
    assert d.session.image.id != first
    assert d.last_said == f"Copied 3 objects to {d.session.image.file_name}."
    assert [a.mask.same(b) for a, b in zip(d.objects, masks, strict=True)] == [True] * 3
    assert d.session.selection == {each.id for each in d.objects}
    assert d.session.history.undo_label == "Paste 3 objects"
    d.ctrl(Key.Key_Z)
    assert d.objects == []
    d.key(Key.Key_Q)
    assert len(d.objects) == 3, "they stay where they were"


def test_the_selection_alone_goes_and_what_does_not_fit_is_told(drawn_here, tmp_path):
    d = drawn_here
    make_photo(tmp_path / "photos" / "photo_1.png", (120, 320), 7)
    d.program.files.close()
    d.open(tmp_path / "photos")
    d.until(lambda: d.session.image is not None)
    d.ctrl(Key.Key_A)
    d.key(Key.Key_W, CTRL | SHIFT)
    assert d.last_said == ("Copied 2 objects to photo_1.png. Left out: 1 outside the next image.")
    assert all(each.mask.box[3] <= 120 for each in d.objects)
    d.ctrl(Key.Key_Z)
    d.key(Key.Key_Q)
    d.session.set_selection([d.objects[2].id])
    d.key(Key.Key_W, CTRL | SHIFT)
    assert d.last_said == "Nothing was copied: 1 outside the next image."
    assert d.session.image.file_name == "photo_0.png", "nothing to go there for"


def test_objects_of_a_locked_class_stay_behind(drawn_here):
    d = drawn_here
    d.session.set_selection([d.objects[0].id])
    d.key(Key.Key_2)
    d.ctrl(Key.Key_D)
    nucleus = d.session.taxonomy.by_name("nucleus")
    class_edits.change(d.session, nucleus, locked=True)
    d.key(Key.Key_W, CTRL | SHIFT)
    assert d.last_said.endswith("Left out: 1 of a locked class.")
    assert len(d.objects) == 2


def test_there_is_no_image_after_the_last(drawn_here):
    d = drawn_here
    for _ in range(2):
        d.key(Key.Key_W)
    assert d.session.image.file_name == "photo_2.png"
    d.key(Key.Key_W, CTRL | SHIFT)
    assert d.last_said == "This is the last image."
    d.key(Key.Key_Q)
    d.key(Key.Key_W, CTRL | SHIFT)
    assert d.last_said == "There is no object to copy. Draw one, or accept a proposal."


def test_a_copy_is_clipped_to_a_smaller_image(drawn_here, tmp_path):
    d = drawn_here
    make_photo(tmp_path / "photos" / "photo_1.png", (230, 305), 7)
    d.program.files.close()
    d.open(tmp_path / "photos")
    d.until(lambda: d.session.image is not None)
    d.key(Key.Key_W, CTRL | SHIFT)
    assert d.objects[2].mask.same(disc((300, 220), 15, (230, 305)))
    assert disc((300, 220), 15, SIZE).area > d.objects[2].mask.area
