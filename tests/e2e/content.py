"""What an image holds, comparable: every pixel and every attribute."""

from dataclasses import fields

from engine.document.annotation import Annotation

_PLAIN = [each.name for each in fields(Annotation) if each.name not in ("mask", "extra")]


def content(state):
    """Equal for two states that hold the same, whatever form their masks have."""
    return (
        {number: _said(each) for number, each in state.annotations.items()},
        {number: _said(each) for number, each in state.proposals.items()},
        state.layer.to_array().tobytes(),
        state.status,
    )


def _said(each):
    values = tuple(getattr(each, name) for name in _PLAIN)
    return values, each.mask.box, each.mask.read(each.mask.box).tobytes()
