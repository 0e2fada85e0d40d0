import pytest

from engine.document import palette
from engine.document.taxonomy import Taxonomy

# Rows of table 1 in Sharma, Wu and Dalal 2005: L a b, L a b, difference. Chosen for the corners
# of the formula: opposite hues, hues around 0°, greys, large differences.
SHARMA = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "difference"), SHARMA)
def test_the_colour_difference_is_the_published_one(first, second, difference):
    assert palette.ciede2000(first, second) == pytest.approx(difference, abs=5e-5)
    assert palette.ciede2000(second, first) == pytest.approx(difference, abs=5e-5)


def test_the_rule_by_count():
    first, ninth, twentyfifth, fortyninth = map(palette.palette_color, (0, 8, 24, 48))
    assert first == ("#2070EF", 0)
    assert ninth == ("#CF60AF", 1)
    assert twentyfifth == ("#2070EF", 3)
    assert fortyninth == first


def test_a_new_class_takes_the_farthest_unused_plain_colour():
    used = ["#2070ef", "#EF8F30"]
    free = [e.color for e in palette.palette() if e.hatch == 0 and e.color.lower() not in used]
    free.remove("#EF8F30")
    nearest = {c: min(palette.color_difference(c, u.upper()) for u in used) for c in free}
    assert palette.unused_color(used).color == max(nearest, key=nearest.__getitem__)


def test_plain_colours_come_before_hatched_ones_and_then_the_rule_by_count():
    taxonomy = Taxonomy()
    for number in range(26):
        taxonomy = taxonomy.with_(taxonomy.new_class(f"c{number}"))
    hatches = [entry.hatch for entry in taxonomy.classes]
    assert hatches[:24] == [0] * 8 + [1] * 8 + [2] * 8
    assert len({entry.color for entry in taxonomy.classes[:24]}) == 24
    assert (taxonomy.classes[24].color, taxonomy.classes[24].hatch) == palette.palette_color(24)
