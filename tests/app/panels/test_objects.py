import pytest
from PySide6.QtCore import Qt

from app.panels.class_limits import ClassLimits
from app.panels.objects import ObjectsPanel
from app.theme.theme import theme
from engine.document import edits


@pytest.fixture
def panel(bench, show):
    bench.open()
    bench.session.set_tool("brush")
    return show(ObjectsPanel(bench.services), 340, 420)


def listed(panel):
    return [row.annotation.id for row in panel.model.rows if row.annotation is not None]


def kinds(panel):
    return [row.kind for row in panel.model.rows]


def press(qtbot, panel, place, part):
    index = panel.model.index(place, 0)
    rect = panel.view.visualRect(index).adjusted(5, 0, -5, 0)
    area = panel.view.itemDelegate().parts(rect, index)[part]
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=area.center())


THREE = ((1, 100, 100, 40, 0.41), (0, 300, 300, 80, 0.94), (2, 400, 100, 20, 0.77))


def test_orders(bench, panel, settle):
    low, sure, middle = bench.propose(*THREE)
    bench.accept([sure])
    settle(lambda: len(listed(panel)) == 3)
    assert listed(panel) == [low, middle, sure]
    panel.model.set_sort("size")
    assert listed(panel) == [sure, low, middle]
    panel.model.set_sort("number")
    assert listed(panel) == [low, sure, middle]
    panel.model.set_sort("class")
    assert listed(panel) == [sure, low, middle]
    panel.model.set_sort("newest")
    assert listed(panel)[0] == sure


def test_selection_goes_both_ways(bench, panel, qtbot, settle):
    ids = bench.propose(*THREE)
    settle(lambda: len(listed(panel)) == 3)
    bench.session.set_selection([ids[2]])
    assert panel.view.currentIndex() == panel.model.index_of(ids[2])
    rect = panel.view.visualRect(panel.model.index_of(ids[0]))
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert bench.session.selection == {ids[0]}
    rect = panel.view.visualRect(panel.model.index_of(ids[1]))
    qtbot.mouseClick(
        panel.view.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ControlModifier,
        pos=rect.center(),
    )
    assert bench.session.selection == {ids[0], ids[1]}


def test_selection_stays_when_the_list_is_made_anew(bench, panel, settle):
    ids = bench.propose(*THREE)
    settle(lambda: len(listed(panel)) == 3)
    bench.session.set_selection([ids[0]])
    panel.model.set_sort("size")
    assert bench.session.selection == {ids[0]}
    rows = panel.view.selectionModel().selectedRows()
    assert [panel.model.rows[index.row()].annotation.id for index in rows] == [ids[0]]


def test_a_stroke_updates_its_row_and_keeps_the_order(bench, panel, settle):
    from engine.masks.raster import disc

    ids = bench.propose(*THREE)
    bench.accept(ids)
    settle(lambda: len(listed(panel)) == 3)
    panel.model.set_sort("size")
    before = listed(panel)
    small = bench.document.annotations[ids[2]]
    grown = disc((250, 250), 200, (512, 512)) - small.mask
    from engine.document.commands import FlipPixels

    bench.session.do(FlipPixels(ids[2], grown))
    assert listed(panel) == before
    row = panel.model.rows[panel.model.index_of(ids[2]).row()]
    assert row.annotation.mask.area == small.mask.area + grown.area


def test_proposals_by_class_while_select_is_in_use(bench, panel, qtbot, settle):
    ids = bench.propose(*THREE, (0, 200, 450, 15, 0.6))
    bench.accept([ids[2]])
    settle(lambda: len(listed(panel)) == 4)
    bench.session.set_tool("select")
    assert kinds(panel) == ["group", "object", "object", "group", "object", "section", "object"]
    assert panel.header.accessibleName() == "Proposals by class"
    press(qtbot, panel, 0, "fold")
    assert kinds(panel) == ["group", "group", "object", "section", "object"]
    press(qtbot, panel, 0, "accept")
    assert set(bench.document.annotations) == {ids[1], ids[2], ids[3]}
    settle(lambda: kinds(panel)[0] == "group" and len(panel.model.rows) == 6)
    press(qtbot, panel, 0, "reject")
    assert not bench.document.proposals
    assert "Rejected 1 proposal" in bench.said[-1][0]
    bench.session.history.undo()
    bench.session.history.undo()
    assert len(bench.document.proposals) == 3


def test_hidden_object_can_be_shown_from_its_row(bench, panel, qtbot, settle):
    ids = bench.propose(*THREE)
    bench.accept(ids)
    bench.session.do(edits.set_attributes(bench.document, [ids[0]], hidden=True))
    settle(lambda: len(listed(panel)) == 3)
    press(qtbot, panel, panel.model.index_of(ids[0]).row(), "show")
    assert not bench.document.annotations[ids[0]].hidden


def test_long_list_offers_search_and_filter(bench, panel, qtbot, settle):
    ids = bench.propose(*((k % 2, 20 + 10 * k, 100, 9, 0.3 + 0.01 * k) for k in range(42)))
    settle(lambda: len(listed(panel)) == 42)
    assert panel.tools.isVisible()
    assert panel.view.visualRect(panel.model.index(0, 0)).height() == 26
    assert panel.model.counts == {"all": 42, "todo": 42, "doubtful": 20}
    panel.filter.chosen.emit("doubtful")
    assert len(listed(panel)) == 20
    panel.filter.chosen.emit("all")
    qtbot.keyClicks(panel.search, f"#{ids[7]}")
    assert listed(panel) == [ids[7]]
    panel.search.setText("helmet")
    assert len(listed(panel)) == 21


def test_an_object_that_no_filter_passes_is_counted(bench, panel, settle):
    bench.propose((0, 100, 100, 40, 0.9))
    settle(lambda: len(listed(panel)) == 1)
    bench.session.listing.set_text("#999999")
    settle(panel.none.isVisible)
    assert panel.none.block.text() == "There is 1 in this image."


def test_thresholds_act_on_the_list(bench, panel, settle):
    bench.propose(*THREE)
    settle(lambda: len(listed(panel)) == 3)
    bench.session.set_filter(show_above=0.8)
    settle(lambda: len(listed(panel)) == 1)
    bench.session.set_filter(show_above=0.99)
    settle(lambda: listed(panel) == [])
    assert "above 0.99" in panel.empty.block.text()


def test_empty_image_offers_the_model(bench, panel):
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == "No objects yet"


def test_rows_are_read_out(bench, panel, settle):
    ids = bench.propose(*THREE)
    settle(lambda: len(listed(panel)) == 3)
    index = panel.model.index_of(ids[0])
    said = panel.model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith(f"helmet, number {ids[0]}, proposal, doubtful, score 0.41, ")


def test_two_thousand_objects_are_painted_only_where_seen(bench, panel, settle):
    things = [(k % 3, 10 + k % 490, 10 + (k * 7) % 490, 5, (k % 100) / 100) for k in range(2_000)]
    bench.session.set_filter(show_above=0.0)
    bench.propose(*things)
    settle(lambda: len(listed(panel)) == 2_000)
    painted = []
    delegate = panel.view.itemDelegate()
    whole = delegate.paint_row
    delegate.paint_row = lambda *given: (painted.append(1), whole(*given))
    panel.view.viewport().grab()
    assert 0 < len(painted) < 40


@pytest.mark.parametrize("name", ["dark", "light", "highContrast"])
def test_paints_in_every_theme(bench, panel, settle, qapp, name):
    theme().apply(qapp, name)
    bench.propose(*THREE)
    settle(lambda: len(listed(panel)) == 3)
    picture = panel.grab().toImage()
    ground = theme().color("surface.base").rgb()
    inks = {picture.pixel(x, 80) for x in range(10, picture.width() - 10)}
    assert inks - {ground}


def grouped(panel):
    """Class name → (shown, hidden) of the headings."""
    name = panel._session.taxonomy.name
    groups = [row for row in panel.model.rows if row.kind == "group"]
    return {name(row.class_id): (row.count, row.hidden) for row in groups}


def test_a_class_has_limits_of_its_own(bench, panel, qtbot, settle):
    bench.propose((1, 100, 100, 40, 0.41), (1, 200, 200, 4, 0.9), (0, 300, 300, 80, 0.35))
    bench.session.set_tool("select")
    settle(lambda: panel.model.in_groups)
    first, second = grouped(panel)
    assert grouped(panel) == {first: (1, 0), second: (2, 0)}
    place = next(at for at, row in enumerate(panel.model.rows) if row.count == 2)
    press(qtbot, panel, place, "limits")
    layer = panel.findChild(ClassLimits)
    assert layer.isVisible()
    assert layer.count.text() == "2 of 2 shown"
    assert not layer.common.isEnabled()
    layer.score.setValue(50)
    assert layer.count.text() == "1 of 2 shown"
    settle(lambda: grouped(panel)[second] == (1, 1))
    assert grouped(panel)[first] == (1, 0), "the other class keeps the common limit"
    layer.area.setValue(10_000)
    settle(lambda: grouped(panel)[second] == (0, 2))
    # what is hidden whole still has its heading, and nothing there can be accepted
    rect = panel.view.visualRect(panel.model.index(place, 0))
    parts = panel.view.itemDelegate().parts(rect, panel.model.index(place, 0))
    assert set(parts) == {"limits", "fold"}
    layer.common.click()
    assert bench.session.filter.show_above_class == bench.session.filter.min_area_class == {}
    settle(lambda: grouped(panel)[second] == (2, 0))
    layer.close()


def test_limits_that_hide_everything_can_be_reached(bench, panel, settle):
    bench.propose((1, 100, 100, 40, 0.41))
    bench.session.set_tool("select")
    settle(lambda: panel.model.in_groups)
    [class_id] = {row.class_id for row in panel.model.rows if row.kind == "group"}
    bench.session.set_filter(show_above_class={class_id: 0.9})
    settle(lambda: list(grouped(panel).values()) == [(0, 1)])
    assert panel.view.isVisibleTo(panel)
    assert not panel.empty.isVisibleTo(panel)


def test_the_counts_follow_what_the_filter_draws(bench, panel, settle):
    first, second = bench.propose((0, 100, 100, 40, 0.9), (0, 300, 300, 20, 0.9))
    bench.session.listing.set_text("area > 2000")
    bench.session.listing.set_on_canvas(True)
    settle(lambda: panel.model.counts["todo"] == 1)
    bench.session.set_selection([second])  # what is selected is drawn in any case
    settle(lambda: panel.model.counts["todo"] == 2)
    bench.session.set_selection([first])
    settle(lambda: panel.model.counts["todo"] == 1)
