import msgspec
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt

from app.dialogs.add_model_sheet import AddModelSheet
from app.dialogs.class_names import names_text, renamed
from engine.models.card import Card, CardClass, InputSpec, OutputSpec, load_card
from engine.models.draft import Choice, Inspection, Question

CLASSES = tuple(
    CardClass(index=n, name=name, background=n == 0, thing=n != 0)
    for n, name in enumerate(("background", "person", "dog"))
)


def choice(label, **values):
    return Choice(label=label, values={key.replace("__", "."): v for key, v in values.items()})


def network():
    """A small but sound ONNX file."""
    from onnx import TensorProto, helper

    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 8, 8]) for n in "ab"]
    node = helper.make_node("Identity", ["a"], ["b"])
    graph = helper.make_graph([node], "g", value[:1], value[1:])
    return helper.make_model(graph).SerializeToString()


def inspection(**changes):
    card = Card(
        id="deeplab",
        name="DeepLabV3",
        file="net.onnx",
        input=InputSpec(height=257, width=257),
        output=OutputSpec(),
        classes=CLASSES,
    )
    questions = (
        Question(
            field="size",
            section="input",
            text="Input size",
            choices=(choice("257 × 257"),),
            known="read",
            note="read from the file",
        ),
        Question(
            field="colors",
            section="input",
            text="Colours",
            choices=(choice("RGB", input__color="RGB"), choice("BGR", input__color="BGR")),
            known="measured",
            note="best of 2 tried",
        ),
        Question(
            field="fit",
            section="input",
            text="Fit to input",
            choices=(
                choice("squeeze", input__resize="stretch"),
                choice("pad", input__resize="pad"),
            ),
        ),
    )
    found = Inspection(card=card, questions=questions, kind="onnx", summary="ONNX, 2.8 MB")
    return msgspec.to_builtins(msgspec.structs.replace(found, **changes))


@pytest.fixture
def project(scene):
    person, _ = scene.add_classes("person", scene.LONG)
    number = scene.add_image("a.png", [(person, (5, 5, 60, 60))])
    scene.inference.inspection = inspection()
    scene.answer("draft", "a.png", [(1, (10, 10, 100, 100)), (2, (100, 10, 140, 50))])
    scene.open("correct")
    scene.session.open_image(number)
    scene.weights = scene.folder / "net.onnx"
    scene.weights.write_bytes(network())
    return scene


@pytest.fixture
def sheet(scene, qtbot):
    found = AddModelSheet(scene.services)
    qtbot.addWidget(found)
    found.resize(640, 900)
    found.show()
    return found


def chosen(project, sheet):
    sheet.file.set_path(project.weights)
    sheet.choose(project.weights)
    return sheet


def test_before_a_file_is_chosen_there_is_nothing_to_press(project, sheet):
    assert not sheet.main.isEnabled()
    assert not sheet.preview.isVisibleTo(sheet)
    assert not sheet.table.isVisibleTo(sheet)


def test_what_is_known_says_how(project, sheet):
    chosen(project, sheet)
    grid = sheet.input_rows._grid
    notes = [grid.itemAtPosition(line, 3).widget().text() for line in range(3)]
    glyphs = [grid.itemAtPosition(line, 0).widget().accessibleName() for line in range(3)]
    assert notes == ["read from the file", "best of 2 tried", "guessed, check it"]
    assert glyphs == ["read from the file", "measured", "guessed, check it"]
    assert sheet.summary.text() == "ONNX, 2.8 MB"


def test_the_preview_shows_the_models_masks_on_the_open_image(project, sheet, qtbot):
    chosen(project, sheet)
    qtbot.waitUntil(lambda: sheet.preview._masks is not None and sheet.preview._photo is not None)
    assert sheet.foot_words.text().startswith("Works: 2 masks on a.png, 0.10 s · person, dog")
    person = project.project.taxonomy.by_name("person").color.lower()
    masks = sheet.preview._masks
    assert masks.pixelColor(50, 50).name() == person
    assert masks.pixelColor(150, 110).alpha() == 0


def test_a_change_asks_the_model_again_with_the_changed_card(project, sheet, qtbot):
    chosen(project, sheet)
    qtbot.waitUntil(lambda: len(project.inference.drafts) == 1)
    field = sheet.input_rows.fields["colors"]
    field.setCurrentIndex(1)
    field.activated.emit(1)
    qtbot.waitUntil(lambda: len(project.inference.drafts) == 2)
    assert [card.input.color for _, card, _ in project.inference.drafts] == ["RGB", "BGR"]
    assert sheet.input_rows._grid.itemAtPosition(1, 3).widget().text() == "chosen by you"


def test_a_model_that_cannot_answer_says_why(project, sheet, qtbot):
    project.inference.answers["draft", "a.png"] = "The network wants 4 channels."
    chosen(project, sheet)
    qtbot.waitUntil(lambda: "4 channels" in sheet.foot_words.text())
    assert sheet.preview.message == "No masks: see below"


def test_a_refusal_is_one_sentence(project, sheet):
    sentence = "ocr_cls.onnx answers with 2 numbers for the whole image, not one per pixel."
    project.inference.inspection = {"error": sentence}
    chosen(project, sheet)
    assert sheet.problem.text() == sentence
    assert not sheet.main.isEnabled()
    assert not sheet.input_rows.isVisibleTo(sheet)


def test_saving_copies_the_file_keeps_the_mapping_and_uses_it(project, sheet, qtbot):
    chosen(project, sheet)
    sheet.title_field.setText("My DeepLab")
    sheet.licence.setText("MIT")
    sheet.table.rows.choose(2, "ignore")
    with qtbot.waitSignal(sheet.closed):
        sheet.main.click()
    [model] = project.used
    card = load_card(project.catalog.get(model).folder)
    assert (card.name, card.licence) == ("My DeepLab", "MIT")
    assert project.catalog.get(model).weights.read_bytes() == project.weights.read_bytes()
    person = project.project.taxonomy.by_name("person").id
    assert project.project.mapping(model) == {0: "ignore", 1: person, 2: "ignore"}


def test_a_disk_that_refuses_is_said_and_nothing_is_used(project, sheet, qtbot, monkeypatch):
    from engine.errors import EngineError

    def refuse(file, card, to="user"):
        raise EngineError("net.onnx could not be copied: the disk is full.")

    monkeypatch.setattr(project.catalog, "add", refuse)
    chosen(project, sheet)
    sheet.main.click()
    qtbot.waitUntil(lambda: "disk is full" in sheet.problem.text())
    assert project.used == []
    assert sheet.main.isEnabled()


def test_a_program_is_opened_only_after_the_question(project, sheet, qtbot):
    digest = "ab" * 32
    warning = f"net.pt is a program: opening it runs what its author wrote. sha256 {digest}"
    project.inference.inspection = inspection(needs_trust=digest, warning=warning, questions=())
    chosen(project, sheet)
    assert sheet.trust.isVisibleTo(sheet)
    assert not sheet.main.isEnabled()
    assert digest not in sheet.trust._words.text()
    assert digest in sheet.trust._hash.text()
    project.inference.inspection = inspection()
    qtbot.mouseClick(sheet.trust.trusted, Qt.MouseButton.LeftButton)
    assert project.inference.asked[-1] == ("net.onnx", digest)
    assert not sheet.trust.isVisibleTo(sheet)
    assert digest not in project.catalog.trusted
    with qtbot.waitSignal(sheet.closed):
        sheet.main.click()
    assert digest in project.catalog.trusted


def test_a_late_answer_about_another_file_is_dropped(project, sheet):
    waiting = []
    project.inference.inspect = lambda file, done, *rest: waiting.append(done)
    chosen(project, sheet)
    other = project.folder / "other.onnx"
    other.write_bytes(b"x")
    sheet.file.set_path(other)
    sheet.choose(other)
    waiting[0]({"error": "about the first file"})
    assert "first file" not in sheet.problem.text()
    waiting[1](inspection())
    assert sheet.main.isEnabled()


@pytest.mark.parametrize("trying", [False, True])
def test_an_answer_that_comes_after_the_sheet_was_closed_is_dropped(project, trying):
    looked, tried = [], []
    project.inference.inspect = lambda file, done, *rest: looked.append(done)
    project.inference.preview_draft = lambda file, card, image, done, trust: tried.append(done)
    sheet = chosen(project, AddModelSheet(project.services))
    if trying:
        looked[0](inspection())
        sheet.tried._ask()
    sheet.deleteLater()
    QCoreApplication.sendPostedEvents(sheet, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(sheet)
    if trying:
        tried[0](None, "The process that looked has ended.")
    else:
        looked[0](inspection())


def test_pasted_names_rename_the_classes_and_the_table_follows(project, sheet):
    chosen(project, sheet)
    sheet.names.open.click()
    sheet.names.text.setPlainText("background\nhelmet\nPERSON")
    assert [row.name for row in sheet.table.rows.rows] == ["PERSON", "helmet"]
    assert sheet.table.rows.rows[0].words == "person"
    assert sheet.table.rows.rows[0].note == "same name"
    sheet.names.text.setPlainText("only\ntwo")
    assert sheet.names.problem.text() == "2 names for 3 classes. Give one a line."
    assert [row.name for row in sheet.table.rows.rows] == ["PERSON", "helmet"]


@pytest.mark.parametrize(
    "text",
    ["background\nperson\ndog", "0: background\n1: person\n2: dog", "background, person, dog"],
)
def test_names_are_read_in_the_ways_they_are_kept(text):
    found, problem = renamed(CLASSES, text)
    assert problem == ""
    assert names_text(found) == "background\nperson\ndog"


def test_two_equal_names_are_refused():
    assert renamed(CLASSES, "background\ndog\nDog")[1].startswith("A name stands twice")


def test_a_choice_in_the_table_survives_another_answer(project, sheet):
    chosen(project, sheet)
    sheet.table.rows.choose(1, "ignore")
    field = sheet.input_rows.fields["fit"]
    field.setCurrentIndex(1)
    field.activated.emit(1)
    assert {row.index: row.target for row in sheet.table.rows.rows}[1] == "ignore"


def test_the_real_file_through_the_real_reader(project, sheet, assets, qtbot):
    import sys

    from engine.models.inspect_file import inspect

    file = assets / "models" / "deeplabv3_mnv2_voc_257.onnx"
    found = msgspec.json.decode(msgspec.json.encode(inspect(file)))
    project.inference.inspection = found
    sheet.file.set_path(file)
    sheet.choose(file)
    assert sheet.main.isEnabled()
    assert "onnx" in sys.modules  # by the reader called here; the sheet itself asked a process
    names = {row.name for row in sheet.table.rows.rows}
    assert {"person", "aeroplane", "tvmonitor"} <= names


def test_weights_whose_network_is_not_known_can_be_given_its_name(project, sheet, qtbot):
    weights = project.folder / "unet.safetensors"
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    weights.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    project.inference.inspection = {"error": "This file holds weights but no network."}
    sheet.file.set_path(weights)
    sheet.choose(weights)
    assert sheet.network.isVisibleTo(sheet)
    project.inference.inspection = inspection()
    qtbot.keyClicks(sheet.network.edit, "smp.Unet.resnet34")
    sheet.network.button.click()
    assert project.inference.networks == ["", "smp.Unet.resnet34"]
    assert sheet.main.isEnabled()


def test_a_network_that_is_refused_is_not_asked_for_its_name(project, sheet):
    project.inference.inspection = {"error": "It answers with 2 numbers for the whole image."}
    chosen(project, sheet)
    assert not sheet.network.isVisibleTo(sheet)
