"""The rule by which stored samples become the picture that is seen and that networks are given.

A `Tone` is a rule for any image ("from the 0.1st to the 99.9th percentile"); made good on one
image's values it is a `Look` (engine.images.look). A project keeps one tone, an image may have its
own, and the card of a trained model says which one it learned with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from engine.errors import EngineError
from engine.images.convert import Window

Rule = Literal["auto", "full", "minmax", "percentile", "manual"]
RULES: tuple[Rule, ...] = get_args(Rule)

TONE = "tone"
"""The project's setting that holds its tone."""

NONE = -1
"""In place of a channel: nothing, black."""

PERCENT: Window = (0.1, 99.9)
GAMMA_LEAST, GAMMA_MOST = 0.1, 10.0


@dataclass(frozen=True, slots=True)
class Tone:
    """See the module. ``Tone()`` is how an image shows when nobody said anything.

    Attributes:
        channels: none: as the file means it (grey, colour, or the first of many); one stored
            channel: that one as grey; three: which become red, green and blue, `NONE` for none.
        rule: where the window comes from. "auto": 8-bit images show as they are, others from
            the 0.1st to the 99.9th percentile. "full": all that the type of the samples can hold,
            for floats as "minmax". "minmax": from the smallest to the largest value.
            "percentile": between the two of ``percent``. "manual": ``windows``.
        percent: two percentages, 0..100.
        windows: stored values that become black and white: one window for all shown channels, or
            one for each.
        apart: each shown channel gets a window from its own values, not from all together. Colour
            keeps its hue only together; channels that mean different things are better apart.
            None: apart where the file does not say that they are red, green and blue.
        gamma: the brightness between black and white is raised to 1 / gamma; above 1 is brighter.
        invert: black becomes white.
    """

    channels: tuple[int, ...] = ()
    rule: Rule = "auto"
    percent: tuple[float, float] = PERCENT
    windows: tuple[Window, ...] = ()
    apart: bool | None = None
    gamma: float = 1.0
    invert: bool = False

    def __post_init__(self) -> None:
        """Refuse what means nothing.

        Raises:
            EngineError: naming the value.
        """
        problem = _problem(self)
        if problem:
            raise EngineError(f"This way of showing an image cannot be used: {problem}.")

    @property
    def as_is(self) -> bool:
        """Whether nothing was asked for."""
        return self == Tone()

    def as_json(self) -> dict[str, Any]:
        """The rule and what else differs from ``Tone()``, in types that JSON and TOML hold."""
        plain = Tone()
        changed = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name == "rule" or getattr(self, each.name) != getattr(plain, each.name)
        }
        return {name: _listed(value) for name, value in changed.items()}

    def words(self) -> str:
        """The rule in a few words, for lists and messages."""
        said = [_channel_words(self.channels)] if self.channels else []
        said.append(_window_words(self))
        if self.gamma != 1:
            said.append(f"gamma {self.gamma:g}")
        if self.invert:
            said.append("inverted")
        return ", ".join(said)


def tone_from(given: Mapping[str, Any] | None) -> Tone:
    """The tone of what ``Tone.as_json`` answered; None and {} are ``Tone()``.

    Raises:
        EngineError: it holds something else; the sentence names it.
    """
    if not given:
        return Tone()
    if not isinstance(given, Mapping):
        raise EngineError(
            "This way of showing an image cannot be used: it is damaged. Set it again under Light."
        )
    unknown = given.keys() - {each.name for each in fields(Tone)}
    if unknown:
        raise EngineError(
            f"This way of showing an image has the field “{min(unknown)}”, which this version "
            "does not know. Update Maskwright."
        )
    values = dict(given)
    try:
        if "channels" in values:
            values["channels"] = tuple(int(each) for each in values["channels"])
        if "percent" in values:
            values["percent"] = _window(values["percent"])
        if "windows" in values:
            values["windows"] = tuple(_window(each) for each in values["windows"])
        if "gamma" in values:
            values["gamma"] = float(values["gamma"])
    except (TypeError, ValueError) as problem:
        raise EngineError(
            f"This way of showing an image cannot be used: {problem}. Set it again under Light."
        ) from problem
    return Tone(**values)


def _window(given: Any) -> Window:
    low, high = given
    return float(low), float(high)


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value


def _problem(tone: Tone) -> str:
    """What is wrong with it; empty when nothing is."""
    for wrong, words in (
        (len(tone.channels) not in (0, 1, 3), "it names neither one channel nor three"),
        (any(each < NONE for each in tone.channels), "a channel has a negative number"),
        (tone.channels == (NONE,) * len(tone.channels) != (), "it shows no channel"),
        (tone.rule not in RULES, f"“{tone.rule}” is no rule"),
        (not isinstance(tone.invert, bool), "inverted is neither yes nor no"),
        (not (tone.apart is None or isinstance(tone.apart, bool)), "apart is neither yes nor no"),
        (not _rising(tone.percent, 0, 100), "its percentages do not rise from 0 to 100"),
        (
            any(not _rising(each, float("-inf"), float("inf")) for each in tone.windows),
            "a window does not rise",
        ),
        (tone.rule == "manual" and len(tone.windows) not in (1, 3), "it has no window"),
        (not GAMMA_LEAST <= tone.gamma <= GAMMA_MOST, f"gamma is {tone.gamma}"),
    ):
        if wrong:
            return words
    return ""


def _rising(pair: Sequence[float], least: float, most: float) -> bool:
    infinite = (float("inf"), float("-inf"))
    low, high = pair
    return least <= low < high <= most and low not in infinite and high not in infinite


def _channel_words(channels: tuple[int, ...]) -> str:
    if len(channels) == 1:
        return f"channel {channels[0] + 1}"
    numbers = ("–" if each == NONE else str(each + 1) for each in channels)
    return f"channels {', '.join(numbers)} as red, green, blue"


def _number(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else f"{value:.5g}"


def _window_words(tone: Tone) -> str:
    if tone.rule == "manual":
        return " · ".join(f"{_number(low)} to {_number(high)}" for low, high in tone.windows)
    if tone.rule == "percentile":
        return f"{tone.percent[0]:g} % to {tone.percent[1]:g} %"
    return {"auto": "automatic", "full": "full range", "minmax": "smallest to largest"}[tone.rule]
