import time

import pytest

from app.places import figures


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0.0, "0.00"), (0.634, "0.63"), (0.999, "1.00"), (1.0, "1.00")],
)
def test_a_share_has_two_digits(value, words):
    assert figures.share(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.09, "+0.09"), (-0.03, "−0.03"), (0.004, "0.00"), (-0.004, "0.00"), (None, "–")],
)
def test_a_change_is_signed_and_nothing_has_no_sign(value, words):
    assert figures.change(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.004, ""), (0.0, ""), (0.07, ".07"), (0.996, "1"), (1.0, "1")]
)
def test_a_cell_of_the_matrix_is_short(value, words):
    assert figures.short_share(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (220, "3 min 40 s"), (7500, "2 h 5 min"),
     (7205, "2 h"), (None, "–")],
)  # fmt: skip
def test_a_length_of_time_in_two_units(seconds, words):
    assert figures.duration(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (2_800_000, "2.8 MB"),
     (120_000_000, "120 MB"), (1_500_000_000, "1.5 GB")],
)  # fmt: skip
def test_a_size_in_steps_of_a_thousand(size, words):
    assert figures.file_size(size) == words


def test_pixels_fit_a_column():
    assert [figures.large(n) for n in (9_431, 92_114, 1_240_551)] == [
        "9,431",
        "92\xa0k",
        "1.2\xa0M",
    ]


def test_a_moment_is_said_as_one_says_it():
    now = time.mktime((2025, 3, 14, 16, 0, 0, 0, 0, -1))
    assert figures.when(now - 3600, now) == "today 15:00"
    assert figures.when(now - 86400 * 2, now) == "Wed 16:00"
    assert figures.when(now - 86400 * 20, now) == "22 Feb"
    assert figures.when(now - 86400 * 400, now).endswith("2024")


@pytest.mark.parametrize(
    ("old", "new", "short"),
    [
        ("DeepLab VOC · v7", "DeepLab VOC · v8", ("v7", "v8")),
        ("v7", "v8", ("v7", "v8")),
        ("", "v8", ("", "v8")),
        ("cell model", "cell model", ("model", "model")),
        ("DeepLab", "Small U-Net", ("DeepLab", "Small U-Net")),
    ],
)
def test_two_names_lose_what_they_share(old, new, short):
    assert figures.short_names(old, new) == short
