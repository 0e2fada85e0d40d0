import numpy as np
import pytest

from engine.errors import EngineError
from engine.models.card import InputSpec
from engine.models.prepare import Frame, frame_for, normalised, resized, tensor

RNG = np.random.default_rng(5)
PHOTO = RNG.integers(0, 200, (30, 40, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("spec", "image", "frame"),
    [
        (InputSpec(height=20, width=50), (30, 40), ((20, 50), (20, 50))),
        (InputSpec(height=64, width=64, resize="pad"), (30, 40), ((64, 64), (48, 64))),
        (InputSpec(height=64, width=64, resize="none"), (30, 40), ((64, 64), (30, 40))),
        (InputSpec(resize="none", multiple_of=32), (30, 40), ((32, 64), (30, 40))),
        (InputSpec(resize="stretch", multiple_of=16), (30, 40), ((32, 32), (32, 32))),
        (InputSpec(resize="pad", long_side=80), (30, 40), ((60, 80), (60, 80))),
        (InputSpec(resize="pad", long_side=20, multiple_of=8), (30, 40), ((16, 24), (15, 20))),
        (InputSpec(height=64, width=64, resize="pad"), (1, 9000), ((64, 64), (1, 64))),
    ],
)
def test_where_an_image_lies_in_the_input(spec, image, frame):
    assert frame_for(spec, image) == Frame(image, *frame)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (InputSpec(), lambda v: v),
        (InputSpec(range="unit"), lambda v: v / 255),
        (InputSpec(mean=(127.5,), std=(127.5,)), lambda v: v / 127.5 - 1),
        (InputSpec(scale=1 / 127.5, mean=(1.0,)), lambda v: v / 127.5 - 1),
        (
            InputSpec(range="unit", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
            lambda v: (v / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],
        ),
        (InputSpec(range="max"), lambda v: v / v.max()),
        (InputSpec(color="BGR", mean=(1, 2, 3)), lambda v: v[..., ::-1] - [1, 2, 3]),
    ],
)
def test_pixel_values_follow_the_card(spec, expected):
    assert np.allclose(normalised(PHOTO, spec), expected(PHOTO.astype(float)), atol=1e-5)


def test_a_black_image_has_no_largest_value():
    assert not normalised(np.zeros((2, 2, 3), np.uint8), InputSpec(range="max")).any()


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_the_tensor_has_the_cards_shape_and_kind(dtype, layout):
    spec = InputSpec(layout=layout, dtype=dtype, resize="none", multiple_of=32, pad_value=7)
    found = tensor(PHOTO, spec, frame_for(spec, (30, 40)))
    assert found.dtype == dtype
    assert found.flags.c_contiguous
    image = found[0].transpose(1, 2, 0) if layout == "NCHW" else found[0]
    assert image.shape == (32, 64, 3)
    assert np.array_equal(image[:30, :40], PHOTO.astype(dtype))
    assert np.all(image[30:] == 7)
    assert np.all(image[:, 40:] == 7)


def test_gray_images_have_one_channel():
    spec = InputSpec(color="gray", resize="none")
    assert tensor(PHOTO, spec, frame_for(spec, (30, 40))).shape == (1, 1, 30, 40)


def test_shrinking_averages_and_keeps_the_place_of_things():
    image = np.zeros((100, 100, 3), np.uint8)
    image[::2] = 200
    assert np.all(np.abs(resized(image, (25, 25)).astype(int) - 100) <= 1)
    assert resized(image, (100, 100)) is image


def test_what_is_no_rgb_image_is_refused():
    spec = InputSpec()
    for wrong in (PHOTO[:, :, 0], PHOTO[:10], PHOTO[:, :, :2]):
        with pytest.raises(EngineError, match="RGB"):
            tensor(wrong, spec, frame_for(spec, (30, 40)))
