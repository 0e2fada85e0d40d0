"""Files of annotations by hypothesis: of the right form, with values nobody should write."""

from hypothesis import strategies as st

SIZE = (12, 16)
PIXELS = SIZE[0] * SIZE[1]

numbers = st.one_of(
    st.integers(-5, 40),
    st.sampled_from([2**31, 2**53, 2**63, -(2**63), 10**30]),
    st.floats(allow_nan=True, allow_infinity=True),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
runs = st.one_of(
    st.lists(st.integers(0, PIXELS), max_size=8),
    st.lists(numbers, max_size=8),
    st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=20),
)
sizes = st.one_of(st.just([*SIZE]), st.lists(numbers, min_size=1, max_size=3), anything)
rle = st.fixed_dictionaries({"counts": st.one_of(runs, anything)}, optional={"size": sizes})
points = st.lists(st.one_of(st.floats(-50, 50), numbers), max_size=12)
segmentation = st.one_of(
    rle, points, st.lists(points, max_size=3), st.lists(rle, max_size=2), runs, anything
)
ids = st.one_of(st.integers(0, 3), st.sampled_from(["1", "a", 1.0, 1.5, True, None, 2**63]))
annotations = st.fixed_dictionaries(
    {"segmentation": segmentation},
    optional={
        "id": ids,
        "image_id": ids,
        "category_id": ids,
        "bbox": st.one_of(st.lists(numbers, min_size=4, max_size=4), anything),
        "area": st.one_of(numbers, anything),
        "iscrowd": st.sampled_from([0, 1, True, False, "0", 2, None]),
        "score": st.one_of(numbers, anything),
        "segments_info": anything,
    },
)
images = st.fixed_dictionaries(
    {"file_name": st.one_of(st.just("a.png"), st.text(max_size=20), anything)},
    optional={
        "id": ids,
        "height": st.one_of(st.just(SIZE[0]), numbers),
        "width": st.one_of(st.just(SIZE[1]), numbers),
    },
)
classes = st.fixed_dictionaries(
    {}, optional={"id": ids, "name": st.one_of(st.text(max_size=8), anything), "isthing": ids}
)
coco = st.fixed_dictionaries(
    {
        "images": st.one_of(st.lists(images, max_size=3), anything),
        "annotations": st.one_of(st.lists(annotations, max_size=4), anything),
        "categories": st.one_of(st.lists(classes, max_size=3), anything),
    },
    optional={"info": anything, "licenses": anything},
)
