"""What is under the pointer, in words for the status bar."""

from typing import Any


def value_words(info: Any) -> str:
    """The pixel as it is stored: eight bits of three colours as RGB, else each channel's value."""
    if info.rgb is not None:
        return "RGB " + " ".join(str(int(each)) for each in info.rgb)
    values = [_number(each) for each in info.raw or ()]
    return f"I {values[0]}" if len(values) == 1 else " · ".join(values)


def value_tip(info: Any) -> str:
    """The same with the channels' names, one below the other."""
    pairs = zip(info.channels, info.raw, strict=False)
    return "\n".join(f"{name}: {_number(value)}" for name, value in pairs)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.5g}"


def model_words(info: Any) -> str:
    """What the model holds likeliest here: "model: helmet 0.61"."""
    if info.probability is None:
        return ""
    named = f"{info.model_class} " if info.model_class else ""
    return f"model: {named}{info.probability:.2f}"
