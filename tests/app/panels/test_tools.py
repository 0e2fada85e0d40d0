import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from app.panels.option_strip import OptionStrip, diameter_text, size_at, step_of
from app.panels.tool_options import OptionControl
from app.panels.tool_rail import ToolRail, kind_of, kinds
from app.theme.widgets import Button
from app.tools.options import Choice, Number, Switch
from app.tools.registry import TOOLS


@pytest.fixture
def rail(bench, show):
    bench.open()
    return show(ToolRail(bench.services), 52, 700)


def button(rail, name):
    return next(each for each in rail.buttons if each.action_id == name)


def test_rail_offers_every_tool_of_the_registry(rail):
    offered = {each.action_id for each in rail.buttons}
    assert {f"tool.{name}" for name in TOOLS} <= offered


def test_rail_shows_the_tool_in_use(bench, rail, qtbot):
    bench.session.set_tool("brush")
    brush = button(rail, "tool.brush")
    assert brush.isChecked()
    assert brush.accessibleName() == "Brush, B, in use"
    assert button(rail, "tool.select").accessibleName() == "Select, V"
    qtbot.mouseClick(button(rail, "tool.eraser"), Qt.MouseButton.LeftButton)
    assert bench.ran == ["tool.eraser"]
    assert brush.isChecked()


def test_rail_is_one_tab_stop_with_arrows(bench, rail, qtbot):
    bench.session.set_tool("brush")
    stops = [each for each in rail.buttons if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [each.action_id for each in stops] == ["tool.brush"]
    rail.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(stops[0], Qt.Key.Key_Down)
    assert rail.focusWidget().action_id == "tool.eraser"


def seen(rail):
    return [each.action_id for each in rail.buttons if not each.isHidden()]


def test_a_low_rail_shares_buttons_and_a_high_one_does_not(bench, show, rail):
    rail.resize(52, 900)
    assert len(seen(rail)) == len(rail.buttons)
    rail.resize(52, 420)
    assert "tool.polygon" in seen(rail)
    assert "tool.lasso" not in seen(rail)
    assert not any(each.has_more for each in rail.buttons if each.action_id == "tool.brush")
    bottom = rail.buttons[-1].geometry().bottom()
    assert bottom <= rail.height()
    bench.session.set_tool("lasso")
    assert "tool.lasso" in seen(rail)
    assert "tool.polygon" not in seen(rail)
    bench.session.set_tool("brush")
    assert "tool.lasso" in seen(rail), "the one used last stays"
    rail.resize(52, 900)
    assert len(seen(rail)) == len(rail.buttons)


def test_every_tool_is_of_one_kind():
    every = [name for kind in kinds() for name in kind]
    assert sorted(every) == sorted(TOOLS.keys() - {"pan"})
    assert kind_of("lasso") == kind_of("polygon")
    assert kind_of("pan") == ()


@pytest.mark.parametrize("how", ["hold", "menu", "again", "key"])
def test_the_others_of_a_kind_show_beside_a_shared_button(bench, rail, qtbot, how):
    rail.resize(52, 420)
    shared, left = rail.button("polygon"), Qt.MouseButton.LeftButton
    if how == "key":
        shared.setFocus()
        qtbot.keyClick(shared, Qt.Key.Key_Right)
    elif how == "menu":
        at = shared.rect().center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, shared.mapToGlobal(at))
        QApplication.sendEvent(shared, event)
    else:
        if how == "again":
            bench.session.set_tool("polygon")
        qtbot.mousePress(shared, left)
    qtbot.waitUntil(rail.flyout.isVisible)
    texts = [entry.text() for entry in rail.flyout.actions()]
    assert texts == ["Polygon\tP", "Lasso\tShift+P"]
    rail.flyout.actions()[1].trigger()
    assert bench.ran == ["tool.lasso"]
    rail.flyout.close()
    qtbot.mouseRelease(shared, left)


def test_a_button_of_its_own_has_nothing_behind_it(rail, qtbot):
    rail.resize(52, 420)
    qtbot.keyClick(rail.button("brush"), Qt.Key.Key_Right)
    rail.resize(52, 900)
    qtbot.keyClick(rail.button("polygon"), Qt.Key.Key_Right)
    assert not rail.flyout.isVisible()


@pytest.fixture
def strip(bench, show):
    bench.open()
    bench.session.set_tool("brush")
    return show(OptionStrip(bench.services), 1200, 40)


def test_sizes_grow_by_equal_factors():
    assert size_at(0) == pytest.approx(1)
    assert size_at(200) == pytest.approx(400)
    assert all(step_of(size_at(step)) == step for step in range(0, 201, 7))
    assert (diameter_text(24), diameter_text(2.5)) == ("24 px", "2.5 px")


def test_brush_size_goes_both_ways(bench, strip):
    bench.session.set_radius(12)
    assert strip._size.value_text() == "24 px"
    strip._size.setValue(step_of(100))
    assert bench.session.brush_radius == pytest.approx(50, rel=0.03)
    bench.session.set_radius(900)
    assert strip._size.value_text() == "1800 px"
    assert bench.session.brush_radius == 900


def test_options_are_the_registrys(bench, strip):
    assert {control.option.name for control in strip._options} == {
        option.name for option in TOOLS["brush"].options
    }  # each tool's are made when it is first taken
    for tool in (*TOOLS, *TOOLS):
        bench.session.set_tool(tool)
    assert len(strip._options) == sum(len(info.options) for info in TOOLS.values())
    named = {option.name for info in TOOLS.values() for option in info.options}
    assert named == {control.option.name for control in strip._options}
    for control in strip._options:
        if not isinstance(control.option, Switch):
            continue
        name, default = control.option.name, control.option.default
        assert control.part.isChecked() == default
        control.part.setChecked(not default)
        assert bench.session.tool_options[name] == (not default)
        bench.session.set_tool_option(name, default)
        assert control.part.isChecked() == default


def test_an_option_control_of_each_kind(bench, qtbot):
    number = Number("n", "Amount", "How much.", 10, 1, 100, "px", even=True)
    choice = Choice("c", "Kind", "Which kind.", (("a", "One"), ("b", "Other")))
    for option in (number, choice):
        control = OptionControl(bench.session, option)
        qtbot.addWidget(control)
        control.refresh()
        assert bench.session.tool_options.get(option.name) is None
        if option is number:
            assert control.part.value_text() == "10 px"
            control.part.setValue(control.part.maximum())
            assert bench.session.tool_options["n"] == 100
            bench.session.set_tool_option("n", 33.0)
            control.refresh()
            assert control.part.value_text() == "33 px"
        else:
            control.part.setCurrentIndex(1)
            control.part.activated.emit(1)
            assert bench.session.tool_options["c"] == "b"


def titles(strip):
    return strip._title.text()


def test_strip_follows_tool_and_proposals(bench, strip):
    assert titles(strip) == "Brush"
    bench.session.set_tool("select")
    assert titles(strip) == "Select"
    bench.propose((0, 100, 100, 50, 0.9))
    assert titles(strip) == "Proposals"
    bench.accept(list(bench.document.proposals))
    assert titles(strip) == "Select"


def test_limits_of_proposals(bench, strip):
    bench.session.set_tool("select")
    bench.propose((0, 100, 100, 50, 0.9))
    strip._show.setValue(45)
    strip._accept.setValue(80)
    strip._area.setValue(500)
    limits = bench.session.filter
    assert (limits.show_above, limits.accept_above, limits.min_area) == (0.45, 0.8, 500)
    bench.session.set_filter(show_above=0.1)
    assert strip._show.value() == 10


def test_view_options(bench, strip):
    bench.session.set_tool("select")
    strip._fills.setChecked(False)
    strip._fill.setValue(150)
    strip._line.setValue(20)
    view = bench.session.view
    assert (view.fills, view.opacity, view.line_width) == (False, 1.5, 2.0)


def test_what_does_not_fit_moves_behind_the_dots(bench, strip, qtbot):
    assert not strip._dots.isVisible()
    strip.resize(420, 40)
    assert strip._dots.isVisible()
    left_over = list(strip._left_over)
    assert left_over
    qtbot.mouseClick(strip._dots, Qt.MouseButton.LeftButton)
    assert all(group.window() is strip._rest for group in left_over)
    strip._rest.hide()
    strip.resize(1200, 40)
    assert all(group.window() is strip.window() and group.isVisible() for group in left_over)


def test_caps_of_the_size_run_their_actions(bench, strip, qtbot):
    for cap in strip.findChildren(Button):
        if cap.isVisible() and cap.accessibleName().startswith("Brush larger"):
            qtbot.mouseClick(cap, Qt.MouseButton.LeftButton, pos=QPoint(8, 12))
    assert bench.ran == ["brush.larger"]
