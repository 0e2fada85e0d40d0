import msgspec
import numpy as np
import pytest

from engine.errors import EngineError
from engine.masks.mask import Mask
from engine.models.answer import Answer, Confidence, Found, load_answer, save_answer


def answer(**changes):
    maps = [np.arange(6, dtype=np.uint8).reshape(2, 3) * (k + 1) for k in range(5)]
    fields = {
        "model": "m",
        "size": (40, 60),
        "objects": (
            Found(3, 0.75, Mask.from_bits(np.ones((5, 7), bool), 10, 20)),
            Found(300, None, Mask.from_bits(np.eye(4, dtype=bool), 56, 36)),
        ),
        "confidence": Confidence(*maps),
        "seconds": 0.5,
        "notes": ("One note.",),
    }
    return Answer(**{**fields, **changes})


def test_an_answer_comes_back_as_it_was(tmp_path):
    path = tmp_path / "1.answer"
    before = answer()
    save_answer(path, before)
    after = load_answer(path)
    assert (after.model, after.size, after.seconds, after.notes) == (
        "m",
        (40, 60),
        0.5,
        ("One note.",),
    )
    for one, two in zip(before.objects, after.objects, strict=True):
        assert (one.label, one.score) == (two.label, two.score)
        assert one.mask.same(two.mask)
    for name in ("top1", "p1", "top2", "p2", "entropy"):
        one, two = getattr(before.confidence, name), getattr(after.confidence, name)
        assert one.dtype == two.dtype
        assert np.array_equal(one, two)
        assert not two.flags.writeable
    assert [each.name for each in tmp_path.iterdir()] == ["1.answer"]


def test_wide_class_numbers_and_no_confidence(tmp_path):
    path = tmp_path / "1.answer"
    wide = np.full((2, 2), 60_000, np.uint16)
    byte = np.zeros((2, 2), np.uint8)
    save_answer(path, answer(confidence=Confidence(wide, byte, wide, byte, byte)))
    assert load_answer(path).confidence.top1[0, 0] == 60_000
    save_answer(path, answer(confidence=None, objects=()))
    assert load_answer(path).confidence is None


def test_confidence_at_a_pixel():
    maps = [np.array([[0, 1], [2, 3]], np.uint8) for _ in range(5)]
    sure = Confidence(*maps)
    assert sure.at(0, 0, (100, 200))[0] == 0
    assert sure.at(199.9, 0, (100, 200))[0] == 1
    assert sure.at(0, 99, (100, 200)) == (2, 2 / 255, 2, 2 / 255)
    assert sure.at(1e9, -5, (100, 200))[0] == 1


def test_a_mask_outside_the_image_is_refused(tmp_path):
    path = tmp_path / "1.answer"
    save_answer(path, answer(size=(30, 30)))
    with pytest.raises(EngineError):
        load_answer(path)


@pytest.mark.parametrize("cut", [0, 4, 8, 40, -1])
def test_damaged_files_are_refused(tmp_path, cut):
    path = tmp_path / "1.answer"
    save_answer(path, answer())
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(EngineError):
        load_answer(path)


@pytest.mark.parametrize(
    "change",
    [{"version": 99}, {"size": (0, 5)}, {"maps": [["uint8", 9, 9, b""]] * 5}, {"maps": [1]}],
)
def test_contents_that_do_not_fit_are_refused(tmp_path, change):
    path = tmp_path / "1.answer"
    save_answer(path, answer())
    data = path.read_bytes()
    content = msgspec.msgpack.decode(data[8:])
    path.write_bytes(data[:8] + msgspec.msgpack.encode({**content, **change}))
    with pytest.raises(EngineError):
        load_answer(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(EngineError, match="could not be read"):
        load_answer(tmp_path / "none")
    with pytest.raises(EngineError, match="could not be written"):
        save_answer(tmp_path / "no" / "1.answer", answer())
