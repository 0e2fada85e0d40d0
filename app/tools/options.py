"""What a tool can be told: switches, numbers and choices, as data that the option strip shows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off.

    Attributes:
        name: key in ``Session.tool_options``. Tools that give an option the same name share it.
        words: label on the strip. hint: its tooltip, one sentence.
    """

    name: str
    words: str
    hint: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two ends; see ``Switch`` for the rest.

    Attributes:
        unit: written behind the number, for example "px".
        even: equal steps of the slider are equal factors, for sizes; both ends are above 0 then.
        decimals: digits shown.
    """

    name: str
    words: str
    hint: str
    default: float
    least: float
    most: float
    unit: str = ""
    even: bool = False
    decimals: int = 0

    def text(self, value: float) -> str:
        """The value for people."""
        return f"{value:.{self.decimals}f} {self.unit}".rstrip()

    def at(self, share: float) -> float:
        """The value at a share 0..1 of the slider, to the digits that are shown."""
        if self.even:
            value = self.least * (self.most / self.least) ** share
        else:
            value = self.least + (self.most - self.least) * share
        return self.held(value)

    def share(self, value: float) -> float:
        """Where on the slider a value stands, 0..1."""
        value = self.held(value)
        if self.even:
            return math.log(value / self.least) / math.log(self.most / self.least)
        return (value - self.least) / (self.most - self.least)

    def held(self, value: float) -> float:
        """The value between the ends, to the digits that are shown."""
        return min(self.most, max(self.least, round(float(value), self.decimals)))

    def turned(self, value: float, notches: float) -> float:
        """After notches of the wheel: a fiftieth of the slider each, and one digit at least."""
        before = self.held(value)
        if self.even:
            after = self.at(min(1.0, max(0.0, self.share(before) + notches / 50)))
        else:
            after = self.held(before + notches * (self.most - self.least) / 50)
        if after == before and notches:
            after = self.held(before + math.copysign(10.0**-self.decimals, notches))
        return after


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few; see ``Switch`` for the rest.

    Attributes:
        choices: (value, words) each; the first is the default.
    """

    name: str
    words: str
    hint: str
    choices: tuple[tuple[str, str], ...]

    @property
    def default(self) -> str:
        """The first choice."""
        return self.choices[0][0]


Option: TypeAlias = Switch | Number | Choice


def is_on(options: Mapping[str, Any], switch: Switch) -> bool:
    """What a switch says."""
    return bool(options.get(switch.name, switch.default))


def amount(options: Mapping[str, Any], number: Number) -> float:
    """What a number says, between its ends."""
    return number.held(options.get(number.name, number.default))


def chosen(options: Mapping[str, Any], choice: Choice) -> str:
    """What a choice says; the default where the value is none of its own."""
    value = options.get(choice.name, choice.default)
    return value if any(value == each for each, _ in choice.choices) else choice.default
