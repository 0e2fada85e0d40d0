"""What a hand on the controls makes of a tone."""

from dataclasses import replace

from engine.images.convert import Window
from engine.images.look import Look
from engine.images.tone import NONE, Rule, Tone


def by_hand(tone: Tone, look: Look, window: Window, place: int | None = None) -> Tone:
    """With a window set by hand; the other channels keep what they have.

    Args:
        tone: before.
        look: what it is on the open image.
        window: black and white.
        place: of the channel in ``look.channels``; None sets the window of all.

    Raises:
        EngineError: the window does not rise.
    """
    if place is None or len(look.windows) == 1:
        return replace(tone, rule="manual", windows=(window,), apart=_apart(tone, look, place))
    windows = list(look.windows)
    windows[place] = window
    return replace(tone, rule="manual", windows=tuple(windows), apart=True)


def with_rule(tone: Tone, look: Look, rule: Rule) -> Tone:
    """With a window from another rule; by hand begins where the window is."""
    if rule != "manual":
        return replace(tone, rule=rule, windows=())
    return replace(tone, rule=rule, windows=_folded(look.windows))


def with_channels(tone: Tone, channels: tuple[int, ...]) -> Tone:
    """Showing other channels; windows set by hand go with their places.

    Args:
        tone: before.
        channels: none, one or three; see ``Tone.channels``.
    """
    if tone.rule == "manual" and len(channels) == 1:
        return replace(tone, channels=channels, windows=tone.windows[:1])
    return replace(tone, channels=channels)


def with_apart(tone: Tone, look: Look, apart: bool) -> Tone:
    """With a window for each channel, or one for all; by hand, one that holds them all."""
    if tone.rule != "manual":
        return replace(tone, apart=apart)
    real = [
        window
        for channel, window in zip(look.channels, look.windows, strict=True)
        if channel != NONE
    ]
    whole = min(low for low, _ in real), max(high for _, high in real)
    windows = look.windows if apart else (whole,)
    return replace(tone, apart=apart, windows=windows)


def is_apart(tone: Tone, look: Look, colour: bool) -> bool:
    """Whether each channel has a window of its own.

    Args:
        tone: the rule.
        look: what it is on the image.
        colour: the image's channels are red, green and blue.
    """
    if len(look.channels) == 1:
        return False
    if tone.rule == "manual":
        return len(tone.windows) > 1
    return tone.apart if tone.apart is not None else not colour


def _apart(tone: Tone, look: Look, place: int | None) -> bool | None:
    return False if place is None and len(look.windows) > 1 else tone.apart


def _folded(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    return windows[:1] if len(set(windows)) == 1 else windows
