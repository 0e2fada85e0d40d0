"""Sheets by the keyboard alone: Tab goes through the fields and comes to the foot last."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

Key = Qt.Key


@pytest.mark.parametrize(
    "action",
    [
        "object.reshape",
        "app.rebind",
        "app.settings",
        "file.export",
        "file.import",
        "image.lint",
        "image.resolve",
        "learn.start",
        "view.light",
    ],
)
def test_tab_goes_through_the_fields_first_and_to_the_foot_last(at_work, action):
    w = at_work
    w.trigger("tool.brush")
    w.stroke((60, 60), (100, 100))
    w.trigger(action)
    QApplication.processEvents()
    sheet = w.window.sheet
    sheet.close_button.setFocus()
    way = []
    while not way or (way[-1] is not sheet.close_button and sheet.isAncestorOf(way[-1])):
        w.key(Key.Key_Tab)
        way.append(QApplication.focusWidget())
    way.pop()
    inside = [sheet.scroller.widget().isAncestorOf(each) for each in way]
    assert any(inside), "it has fields"
    assert inside == sorted(inside, reverse=True), "the foot comes after all of them"
    foot = [each for each, is_field in zip(way, inside, strict=True) if not is_field]
    places = [sheet.foot.indexOf(each) for each in foot if sheet.foot.indexOf(each) >= 0]
    assert places == sorted(places)
    assert sheet.second in foot


@pytest.mark.parametrize("action", ["app.settings", "app.rebind", "view.light"])
def test_a_sheet_closed_without_a_project_leads_back_to_the_first_page(d, action):
    d.trigger(action)
    assert d.window.sheet is not None
    d.key(Key.Key_Escape)
    assert d.window.sheet is None
    assert d.session.place == "start", "an empty canvas has no way on"
    assert d.window.first_page.isAncestorOf(QApplication.focusWidget())


def test_a_sheet_closed_in_a_project_leads_back_to_the_canvas(at_work):
    at_work.trigger("app.settings")
    at_work.key(Key.Key_Escape)
    assert at_work.session.place == "correct"
    assert at_work.canvas.hasFocus()
