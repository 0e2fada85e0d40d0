"""Real model files through the real add-model sheet, looked into by a real process."""

import shutil

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from engine.models.catalog import DEFAULT_MODEL

pytestmark = pytest.mark.assets
Key = Qt.Key
PHOTOS = ("bird_segmentation.bmp", "dog.jpg", "kelp_uav.jpg", "truck.jpg")


@pytest.fixture(scope="module")
def models(live, assets, tmp_path_factory):
    """The program on the photos of the real models; what it adds is taken away again."""
    folder = tmp_path_factory.mktemp("photos")
    for name in PHOTOS:
        Image.open(assets / "images" / name).convert("RGB").save(folder / f"{name[:4]}.png")
    live.open(folder)
    live.model_ready()
    yield live
    shutil.rmtree(live.services.catalog.user_dir)


@pytest.fixture
def d(models):
    yield models
    models.window.close_sheet()
    session = models.session
    for row in session.images:
        session.project.set_proposals(row.id, [])
    models.services.use_model(DEFAULT_MODEL)
    models.until(lambda: session.model.id == DEFAULT_MODEL)


def show(d, start):
    row = next(row for row in d.session.images if row.file_name.startswith(start))
    d.session.open_image(row.id)
    d.canvas.settle()


def look(d, path):
    """Open the sheet and choose a file; the sheet, when it knows the file."""
    d.ctrl(Key.Key_M)
    sheet = d.window.sheet
    sheet.file.set_path(path)
    sheet.choose(path)
    d.until(lambda: "Looking into" not in sheet.problem.text())
    return sheet


def tried(d, sheet):
    """What the preview on the open image came to."""
    words = sheet.foot_words
    d.until(lambda: words.text().startswith("Works") or "state.error" in words._role)
    return words.text()


def rows(sheet):
    """Question → (answer, what is said of how it is known)."""
    found = {}
    for each in (sheet.input_rows, sheet.output_rows):
        for name, field in each.fields.items():
            found[name] = (field.currentText(), field.accessibleDescription())
    return found


def add(d, sheet):
    """Press "Add model"; it answers from now on."""
    before = d.session.model.id
    d.key(Key.Key_Return)
    d.until(lambda: d.session.model.id != before and d.session.model.state == "ready")
    assert d.window.sheet is None
    return d.services.catalog.get(d.session.model.id).card


def propose(d):
    with d.qtbot.waitSignal(d.services.inference.answered, timeout=60_000):
        d.key(Key.Key_R)
    names = {}
    for each in d.document.proposals.values():
        name = d.session.taxonomy.name(each.class_id)
        names.setdefault(name, []).append(each)
    return names


def test_the_voc_model_is_filled_in_tried_mapped_and_finds_the_dog(d, assets):
    show(d, "dog")
    sheet = look(d, assets / "models" / "deeplabv3_mnv2_voc_257.onnx")
    said = rows(sheet)
    assert "257" in said["size"][0]
    assert said["size"][1] == "read from the file"
    assert "measured" in said["pixels"][1] or "best of" in said["pixels"][1]
    assert "dog" in tried(d, sheet)
    assert "masks on" in sheet.foot_words.text() or "mask on" in sheet.foot_words.text()
    d.picture("add_voc")
    assert "of 20 used" in sheet._mapping_header._header.accessibleName() or sheet.table.rows.rows
    sheet.licence.setText("Apache-2.0")
    card = add(d, sheet)
    assert card.licence == "Apache-2.0"
    found = propose(d)
    assert max(found, key=lambda name: sum(e.mask.area for e in found[name])) == "dog"
    assert max(each.score for each in found["dog"]) > 0.9
    assert sum(each.mask.area for each in found["dog"]) > 70_000


def test_uint8_in_class_map_out_has_no_scores_and_equals_the_reference(d, assets):
    show(d, "bird")
    sheet = look(d, assets / "models" / "deeplabv3_mnv2_dm05_pascal_513_deq.onnx")
    assert "class" in rows(sheet)["meaning"][0]
    assert "bird" in tried(d, sheet)
    card = add(d, sheet)
    assert (card.input.dtype, card.output.meaning) == ("uint8", "classmap")
    found = propose(d)
    areas = {name: sum(each.mask.area for each in found[name]) for name in found}
    assert areas["bird"] > 0.95 * sum(areas.values())  # Coral finds the same specks
    assert all(each.score is None for each in d.document.proposals.values())
    reference = np.asarray(Image.open(assets / "images" / "bird_segmentation_mask.bmp"))
    reference = (reference if reference.ndim == 2 else reference[:, :, 0]) == 3
    whole = np.zeros(reference.shape, bool)
    for each in found["bird"]:
        left, top, right, bottom = each.mask.box
        whole[top:bottom, left:right] |= each.mask.read(each.mask.box)
    assert (whole == reference).mean() >= 0.96


def test_saliency_takes_the_first_of_seven_maps(d, assets):
    show(d, "truc")
    sheet = look(d, assets / "models" / "u2netp.onnx")
    said = rows(sheet)
    assert "1959" in said["output"][0]
    assert "Works" in tried(d, sheet)
    d.picture("add_u2net")
    card = add(d, sheet)
    assert card.output.meaning == "minmax"
    [masks] = propose(d).values()
    height, width = d.document.size
    assert 0.25 < sum(each.mask.area for each in masks) / (height * width) < 0.4


def test_a_program_is_asked_about_before_it_runs(d, assets):
    pytest.importorskip("torch")
    show(d, "kelp")
    sheet = look(d, assets / "models" / "lraspp_mnv3_kelp_presence_torchscript.pt")
    d.until(lambda: not sheet.trust.isHidden())
    assert len(sheet.trust.sha256) == 64
    assert not sheet.main.isEnabled()
    assert sheet.trust.sha256 not in d.services.catalog.trusted
    d.picture("add_trust")
    d.click(sheet.trust.trusted)
    d.until(sheet.main.isEnabled)
    assert "Works" in tried(d, sheet)
    sheet.names.text.setPlainText("background\nkelp")
    card = add(d, sheet)
    assert [each.name for each in card.classes] == ["background", "kelp"]
    [(name, masks)] = propose(d).items()
    assert name == "kelp"
    height, width = d.document.size
    share = sum(each.mask.area for each in masks) / (height * width)
    assert 0.02 < share < 0.9


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NOT_A_SEGMENTER_ppocr_cls.onnx", "answers with 2 numbers for the whole image"),
        ("STATE_DICT_ONLY_mouse_pupil_unet.pth", "holds weights but no network"),
        ("mobile_sam_encoder.onnx", "later"),
        ("mobile_sam_decoder.onnx", "later"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(d, assets, name, sentence):
    pytest.importorskip("torch")
    show(d, "dog")
    sheet = look(d, assets / "models" / name)
    assert sentence in sheet.problem.text()
    assert name in sheet.problem.text()
    assert not sheet.main.isEnabled()
    d.picture(f"refused_{name[:9]}")
