import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.images import look as look_module
from engine.images.look import Look, look_of
from engine.images.sample import sample_of
from engine.images.tone import NONE, Tone

RNG = np.random.default_rng(5)


def direct(values, low, high, gamma, invert):
    """The mapping as the documentation says it, one step after the other in double precision."""
    share = np.clip((np.asarray(values, np.float64) - low) / (high - low), 0, 1)
    share = share ** (1 / gamma)
    return np.rint(255 * (1 - share if invert else share))


def look(pixels, tone=None, colour=False):
    stored = 1 if pixels.ndim == 2 else pixels.shape[2]
    rule = tone or Tone()
    return look_of(rule, stored, colour, pixels.dtype, lambda: sample_of(pixels, colour))


def manual(low, high, **more):
    return Tone(rule="manual", windows=((low, high),), **more)


# -- one lookup is the formula ---------------------------------------------------------------------


@given(
    low=st.integers(0, 65_000),
    width=st.integers(1, 65_535),
    gamma=st.floats(0.2, 5.0),
    invert=st.booleans(),
)
def test_the_table_of_sixteen_bits_is_the_formula(low, width, gamma, invert):
    pixels = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    shown = look(pixels, manual(low, low + width, gamma=gamma, invert=invert)).picture(pixels)
    expected = direct(pixels, low, low + width, gamma, invert)
    assert np.abs(shown[..., 0] - expected).max() <= 1  # a half may be rounded either way
    assert (shown[..., 0] != expected).mean() < 0.001
    assert np.array_equal(shown[..., 0], shown[..., 2])


@given(st.floats(-1e4, 1e4), st.floats(1, 1e5), st.floats(0.2, 5.0), st.booleans())
def test_floats_and_signed_numbers_follow_the_formula(low, width, gamma, invert):
    values = np.linspace(low - width, low + 2 * width, 4000, dtype=np.float32).reshape(40, 100)
    tone = manual(low, low + width, gamma=gamma, invert=invert)
    shown = look(values, tone).picture(values)[..., 0]
    difference = np.abs(shown.astype(float) - direct(values, low, low + width, gamma, invert))
    # Near black the curve of a large gamma is so steep that single precision is seen.
    even = (values < low - width / 50) | (values > low + width / 50)
    assert difference[even].max() <= 1
    assert (difference[even] == 0).mean() > 0.9


def test_the_plain_lookup_of_an_older_opencv_says_the_same(monkeypatch):
    pixels = RNG.integers(0, 65_536, (30, 40, 3)).astype(np.uint16)
    tone = Tone(rule="manual", windows=((10, 900), (5, 60_000), (300, 301)), apart=True)
    quick = look(pixels, tone, colour=True).picture(pixels)
    import cv2

    def only_bytes(pixels, table):
        if pixels.dtype != np.uint8:
            raise cv2.error("depth")
        return table.reshape(table.shape[1:])[pixels]

    monkeypatch.setattr(cv2, "LUT", only_bytes)
    look_module._lookup.cache_clear()
    try:
        assert np.array_equal(look(pixels, tone, colour=True).picture(pixels), quick)
    finally:
        look_module._lookup.cache_clear()


def test_what_is_no_number_is_black_whatever_else_is_asked():
    pixels = np.array([[np.nan, np.inf, -np.inf, 3.0]], np.float32)
    assert look(pixels, manual(0, 6)).picture(pixels)[0, :, 0].tolist() == [0, 255, 0, 128]
    turned = look(pixels, manual(0, 6, invert=True)).picture(pixels)[0, :, 0].tolist()
    assert turned == [0, 0, 255, 128]


def test_eight_bits_of_colour_are_taken_as_they_are():
    pixels = RNG.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    found = look(pixels, colour=True)
    assert found.is_plain(pixels.dtype)
    assert np.array_equal(found.picture(pixels), pixels)


# -- windows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.int32, np.float32, np.float64])
def test_the_automatic_window_is_numpys_percentiles(dtype):
    pixels = (RNG.gamma(2.0, 300.0, (400, 500))).astype(dtype)
    ((low, high),) = look(pixels).windows
    assert (low, high) == pytest.approx(tuple(np.percentile(pixels, (0.1, 99.9))))
    ((low, high),) = look(pixels, Tone(rule="percentile", percent=(2, 80))).windows
    assert (low, high) == pytest.approx(tuple(np.percentile(pixels, (2, 80))))


def test_percentiles_leave_out_what_is_no_number():
    pixels = RNG.normal(0, 1, (100, 100)).astype(np.float32)
    known = pixels[:, 5:].copy()
    pixels[:, :5] = np.nan
    pixels[3, 3] = np.inf
    assert look(pixels).windows[0] == pytest.approx(tuple(np.percentile(known, (0.1, 99.9))))
    assert look(pixels, Tone(rule="minmax")).windows[0] == pytest.approx((known.min(), known.max()))


def test_smallest_to_largest_sees_pixels_that_the_sample_leaves_out():
    pixels = np.full((1500, 1500), 100, np.uint16)
    pixels[1, 1] = 4  # not on the grid of a sample of every second pixel
    pixels[3, 5] = 60_000
    assert look(pixels, Tone(rule="minmax")).windows == ((4.0, 60_000.0),)


def test_the_full_range_is_that_of_the_type():
    assert look(np.zeros((3, 3), np.uint16), Tone(rule="full")).windows == ((0.0, 65_535.0),)
    assert look(np.zeros((3, 3), np.int16), Tone(rule="full")).windows == ((-32_768.0, 32_767.0),)
    floats = np.array([[1.5, 4.0]], np.float32)
    assert look(floats, Tone(rule="full")).windows == ((1.5, 4.0),)


def test_colour_keeps_its_hue_and_other_channels_get_windows_of_their_own():
    pixels = np.stack([RNG.integers(0, top, (80, 90)) for top in (100, 1000, 10_000)], axis=-1)
    pixels = pixels.astype(np.uint16)
    together, apart = look(pixels, colour=True).windows, look(pixels).windows
    assert len(set(together)) == 1
    assert len(set(apart)) == 3
    assert look(pixels, Tone(apart=True), colour=True).windows == apart
    assert look(pixels, Tone(apart=False)).windows == together


def test_the_same_file_always_gets_the_same_window():
    pixels = RNG.integers(0, 4096, (1300, 900)).astype(np.uint16)
    assert look(pixels) == look(pixels.copy())


def test_a_rule_that_needs_no_values_asks_for_none():
    def refuse():
        raise AssertionError("asked")

    for tone in (Tone(), Tone(rule="full"), manual(3, 9)):
        look_of(tone, 3, True, np.dtype(np.uint8), refuse)
    look_of(Tone(rule="full"), 1, False, np.dtype(np.uint16), refuse)


# -- channels ------------------------------------------------------------------------------------


def five():
    return RNG.integers(0, 60_000, (25, 35, 5)).astype(np.uint16)


def test_one_channel_is_grey():
    pixels = five()
    shown = look(pixels, Tone(channels=(3,), rule="full")).picture(pixels)
    expected = direct(pixels[..., 3], 0, 65_535, 1, False)
    assert all(np.array_equal(shown[..., k], expected) for k in range(3))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_three_channels_in_any_order_and_one_may_be_missing(dtype):
    pixels = (five() / 300).astype(dtype)
    tone = Tone(channels=(4, NONE, 1), rule="manual", windows=((0, 200),))
    shown = look(pixels, tone).picture(pixels)
    assert np.array_equal(shown[..., 0], direct(pixels[..., 4], 0, 200, 1, False))
    assert not shown[..., 1].any()
    assert np.array_equal(shown[..., 2], direct(pixels[..., 1], 0, 200, 1, False))


def test_a_missing_channel_stays_black_when_all_is_turned_over():
    pixels = five()
    tone = Tone(channels=(0, 1, NONE), rule="full", invert=True)
    assert not look(pixels, tone).picture(pixels)[..., 2].any()


def test_many_channels_show_their_first_three_two_show_as_red_and_green():
    assert look(five()).channels == (0, 1, 2)
    assert look(five()[..., :2]).channels == (0, 1, NONE)


def test_a_channel_that_the_image_has_not_is_not_shown_as_another():
    pixels = five()[..., 0]
    assert look(pixels, Tone(channels=(2, 1, 0))).channels == (0,)


def test_choosing_before_scaling_is_mapping_before_scaling():
    pixels = five()
    found = look(pixels, Tone(channels=(4, 2, 0)))
    assert np.array_equal(
        found.rgb(found.choose(pixels)[3:9, 2:30]), found.picture(pixels)[3:9, 2:30]
    )
    assert np.array_equal(found.choose(pixels), pixels[..., [4, 2, 0]])


def test_wide_and_signed_types_become_floats_that_can_be_scaled():
    plain = Look((0,), ((0.0, 9.0),), 1.0, False, 1)
    for dtype in (np.int8, np.int16, np.int32, np.uint32, np.int64, np.float16, np.float64):
        assert plain.choose(np.ones((2, 2), dtype)).dtype == np.float32
