"""Status bar, banners, and the card of proposals."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from app.panels.banners import Banners, split
from app.panels.proposals_card import ProposalsCard
from app.panels.status_bar import StatusBar
from app.session import Banner, ModelState
from app.theme.widgets import Button
from app.tools.registry import hint


@pytest.fixture
def bar(bench, show):
    bench.open()
    return show(StatusBar(bench.services), 1600, 27)


def test_save_state_is_the_projects(bench, bar, settle):
    bench.project.flush()
    settle(lambda: bar.save_words.text() == "All changes saved")
    bench.session.save_problem = "Could not save: the disk is full."
    bench.session.saved_changed.emit()
    assert bar.save_words.text() == "Not saved"
    assert "disk is full" in bar.save_words.toolTip()


def test_hint_follows_the_tool_and_held_keys(bench, bar):
    bench.session.set_tool("brush")
    assert bar.hint_words.text() == hint("brush").replace("{tool.eraser}", "E")
    bar.set_held("pan")
    assert bar.hint_words.text() == hint("brush", "pan")


def test_sentences_stay_a_while_and_then_give_way(bench, bar):
    bench.session.say("Deleted 1 object.", "info")
    assert bar.hint_words.text() == "Deleted 1 object."
    assert bar._leave.isActive()
    bench.session.set_tool("eraser")
    assert bar.hint_words.text() == "Deleted 1 object."
    bar._leave.timeout.emit()
    assert bar.hint_words.text() == hint("eraser")


def test_errors_stay_longer(bench, bar):
    bench.session.say("fine", "ok")
    short = bar._leave.interval()
    bench.session.say("not fine", "error")
    assert bar._leave.interval() > short


def test_provider_and_why_not_the_other(bench, bar):
    bench.model(provider="CPU · 2 threads")
    assert bar.model_words.text() == "CPU · 2 threads"
    bench.session.set_model(
        ModelState("m", "M", "ready", "CPU, after GPU failed", "The GPU ran out of memory.")
    )
    assert bar.model_words.toolTip() == "The GPU ran out of memory."
    assert bar.model_words._role == "state.warning"


def info(**fields):
    values = {
        "x": 331.4, "y": 288.0, "rgb": (214, 96, 44), "raw": (), "channels": (),
        "class_name": "person", "object_text": "person #1", "probability": None,
        "model_class": "helmet",
    }  # fmt: skip
    return SimpleNamespace(**(values | fields))


def test_pointer(bench, bar):
    bar.set_pointer(info())
    assert bar.place_words.text() == "x 331  y 288"
    assert bar.value_words.text() == "RGB 214 96 44"
    assert bar.class_words.text() == "person #1"
    bar.set_pointer(info(rgb=None, raw=(40_211,), channels=("Grey",), probability=0.61))
    assert bar.value_words.text() == "I 40,211"
    assert bar.value_words.toolTip() == "Grey: 40,211"
    assert bar.class_words.text() == "person #1 · model: helmet 0.61"
    bar.set_pointer(None)
    assert bar.place_words.text() == ""


def test_many_channels_are_cut_and_named_in_the_tooltip(bench, bar, qtbot):
    names = tuple(f"Channel {n}" for n in range(1, 13))
    bar.set_pointer(info(rgb=None, raw=tuple(range(40_000, 52_000, 1000)), channels=names))
    bar.resize(1600, 27)
    bar.show()
    assert bar.value_words.text().startswith("40,000 · 41,000 · 42,000 · ")
    assert bar.value_words.width() <= 300
    assert bar.value_words.toolTip().splitlines()[11] == "Channel 12: 51,000"
    bar.set_pointer(info())
    assert bar.value_words.toolTip() == ""


def test_narrow_bar_leaves_the_value_out(bench, bar):
    bar.set_pointer(info())
    bar.resize(1000, 27)
    assert not bar.value_words.isVisible()


@pytest.mark.parametrize(("scale", "text"), [(1.52, "152 %"), (0.051, "5.1 %"), (16, "1,600 %")])
def test_zoom(bench, bar, qtbot, scale, text):
    bar.set_scale(scale)
    assert bar.zoom.text() == text
    qtbot.mouseClick(bar.zoom, Qt.MouseButton.LeftButton)
    menu = bar.findChildren(QMenu)[-1]
    menu.actions()[0].trigger()
    assert bench.ran == ["view.fit"]
    menu.close()


def test_sentence_is_split_into_what_and_what_to_do():
    assert split("3 images could not be read. Show the 3.") == (
        "3 images could not be read.",
        "Show the 3.",
    )
    assert split("Only this") == ("Only this", "")


@pytest.fixture
def banners(bench, show):
    bench.open()
    return show(Banners(bench.services), 900, 10)


def test_banner_offers_one_action_and_goes_when_it_is_taken(bench, banners, qtbot):
    ran = []
    bench.session.raise_banner(
        Banner("a", "3 images could not be read. They are skipped.", "warning", "Show the 3",
               lambda: ran.append(1))
    )  # fmt: skip
    [strip] = banners.strips
    assert strip.height() == 52
    act = next(b for b in strip.findChildren(Button) if b.text() == "Show the 3")
    qtbot.mouseClick(act, Qt.MouseButton.LeftButton)
    assert ran == [1]
    assert banners.strips == []
    assert not banners.isVisible()


def test_at_most_two_banners_and_then_more(bench, banners, qtbot):
    for number in range(5):
        bench.session.raise_banner(Banner(str(number), f"Sentence {number}", "info"))
    assert [strip.banner.key for strip in banners.strips] == ["4", "3"]
    assert banners._more.text() == "3 more"
    qtbot.mouseClick(banners._more, Qt.MouseButton.LeftButton)
    assert len(banners.strips) == 5


def test_news_do_not_hide_that_something_went_wrong(bench, banners):
    bench.session.raise_banner(Banner("lost", "Could not save: the disk is full.", "error"))
    for number in range(3):
        bench.session.raise_banner(Banner(str(number), f"Sentence {number}", "info"))
    assert [strip.banner.key for strip in banners.strips] == ["lost", "2"]
    bench.session.drop_banner("lost")
    assert [strip.banner.key for strip in banners.strips] == ["2", "1"]


def test_banner_waits_while_a_button_is_down(bench, banners, settle, monkeypatch):
    down = [Qt.MouseButton.LeftButton]
    monkeypatch.setattr(
        "app.panels.banners.QGuiApplication.mouseButtons", staticmethod(lambda: down[0])
    )
    bench.session.raise_banner(Banner("a", "Sentence", "info"))
    assert banners.strips == []
    down[0] = Qt.MouseButton.NoButton
    settle(lambda: len(banners.strips) == 1)


@pytest.fixture
def card(bench, show):
    bench.open()
    bench.model()
    made = show(ProposalsCard(bench.services), 900, 82)
    made.refresh()
    return made


def test_card_shows_only_while_select_and_proposals(bench, card):
    assert not card.isVisible()
    bench.propose((0, 100, 100, 50, 0.94), (1, 300, 300, 40, 0.41))
    assert card.isVisible()
    assert card.title.text() == "2 proposals from DeepLab VOC · v7"
    bench.session.set_tool("brush")
    assert not card.isVisible()
    bench.session.set_tool("select")
    bench.session.set_place("models")
    assert not card.isVisible()


def test_card_words_are_counted(bench, card):
    ids = bench.propose((0, 100, 100, 50, 0.94), (0, 300, 300, 40, 0.41), (1, 400, 80, 30, 0.2))
    card.resize(card.sizeHint().width() + 300, 82)
    assert card.accept.text() == "Accept person 0.94"
    assert card.accept_class.text() == "Accept all person (2)"
    assert card.accept_all.text() == "Accept all above 0.50 (1)"
    assert card.detail.text() == "1 more below 0.30"
    bench.session.set_filter(show_above=0.1)
    bench.session.set_selection([ids[2]])
    assert card.accept.text() == "Accept helmet 0.20"
    assert card.accept_class.text() == "Accept all helmet (1)"
    bench.session.set_selection(ids[:2])
    assert card.accept.text() == "Accept 2"
    assert card.next.text() == "Next doubtful"


def test_card_says_less_where_there_is_little_room(bench, card):
    bench.propose((0, 100, 100, 50, 0.94))
    full = card.sizeHint().width()
    card.resize(full, 82)
    assert card.accept_all.text() == "Accept all above 0.50 (1)"
    card.resize(full - 100, 82)
    assert card.accept_all.text() == "All above 0.50 (1)"
    assert card.sizeHint().width() == full


@pytest.mark.parametrize("room", [480, 420, 380])
def test_card_beside_a_sheet_shows_fewer_buttons_and_all_their_words(bench, card, room):
    bench.propose((0, 100, 100, 50, 0.94), (0, 300, 300, 40, 0.41))
    card.resize(room, 82)
    shown = [each for each in card._buttons() if not each.isHidden()]
    assert {card.accept, card.reject} <= set(shown)
    assert sum(each.sizeHint().width() + 8 for each in shown) <= card.width() - 20
    card.resize(card.sizeHint().width(), 82)
    assert not any(each.isHidden() for each in card._buttons())


def test_card_buttons_run_their_actions(bench, card, qtbot):
    bench.propose((0, 100, 100, 50, 0.94))
    for button in card._buttons():
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.ran == [
        "proposal.accept",
        "proposal.accept_class",
        "proposal.accept_all",
        "proposal.reject",
        "object.next",
    ]
