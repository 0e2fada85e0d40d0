import re

import pytest

from app.theme.tokens import THEME_NAMES, contrast, load_palette, load_tokens

TOKENS = load_tokens()
PAIRS = [(name, pair) for name in THEME_NAMES for pair in TOKENS.contrasts[name]]


def test_contrast_formula_on_known_values():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("name", "pair"), PAIRS)
def test_pair_has_the_promised_contrast(name, pair):
    front, back = pair.split("/")
    colors = TOKENS.colors[name]
    measured = contrast(colors[front], colors[back])
    assert measured == pytest.approx(TOKENS.contrasts[name][pair], abs=0.01)


@pytest.mark.parametrize(("name", "pair"), PAIRS)
def test_pair_is_readable(name, pair):
    front, back = pair.split("/")
    if front == "text.disabled":
        return  # exempt: only used where the tooltip says what is missing
    least = 3.0 if front.startswith("border") else 4.5
    assert contrast(TOKENS.colors[name][front], TOKENS.colors[name][back]) >= least


def test_themes_have_the_same_tokens():
    names = [set(TOKENS.colors[name]) for name in THEME_NAMES]
    assert names[0] == names[1] == names[2]


def test_every_color_token_named_in_the_program_exists(root):
    known = set(TOKENS.colors["dark"])
    word = r'"((?:surface|text|border|accent|state)\.[A-Za-z]+)"'
    used = {
        token
        for path in (root / "app").rglob("*.py")
        for token in re.findall(word, path.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= known


def test_palette_has_24_colors_in_three_hatches():
    palette = load_palette()
    assert len({each.hex for each in palette}) == 24
    assert [each.hatch for each in palette] == [0] * 8 + [1] * 8 + [2] * 8
