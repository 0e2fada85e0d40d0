"""The words of a question about objects; see ``engine.document.query``."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from engine.errors import EngineError

Kind = Literal["word", "number", "operator", "text", "(", ")"]

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*"|“[^”]*”|'[^']*')
      | (?P<operator><=|>=|!=|==|<>|[<>=≤≥≠])
      | (?P<paren>[()])
      | (?P<number>\d[\d_,]*(?:\.\d+)?(?:[kKM](?!\w))?|\.\d+)(?=$|[\s()<>=!≤≥≠%]|px\b)
      | (?P<word>%|[^\s()<>=!≤≥≠"“]+|["“!])
    )""",
    re.VERBOSE,
)
_FACTORS: Final = {"k": 1e3, "K": 1e3, "M": 1e6}


class QueryError(EngineError):
    """A question that cannot be understood.

    Attributes:
        at: the character of the text it is about.
    """

    def __init__(self, sentence: str, at: int = 0) -> None:
        super().__init__(sentence)
        self.at = at


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, sign or quoted text, and where it stands."""

    kind: Kind
    text: str
    start: int
    stop: int

    @property
    def low(self) -> str:
        """The text without case."""
        return self.text.casefold()


def tokens(text: str) -> list[Token]:
    """All of a text, in order.

    Raises:
        QueryError: a quotation mark has no partner.
    """
    found: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        kind = str(match.lastgroup)
        value = match.group(kind)
        start = match.start(kind)
        if kind == "word" and value in ('"', "“"):
            raise QueryError("A closing quotation mark is missing.", start)
        if kind == "text":
            found.append(Token("text", value[1:-1].strip(), start, at))
        elif kind == "paren":
            found.append(Token("(" if value == "(" else ")", value, start, at))
        else:
            found.append(Token(kind, value, start, at))  # type: ignore[arg-type]
    return found


def number(text: str) -> float | None:
    """The value of a number ("1,500", "1.5k", ".5"); None where it is none."""
    plain = text.replace(",", "").replace("_", "")
    factor = _FACTORS.get(plain[-1:], 1.0)
    try:
        value = float(plain[:-1] if factor != 1.0 else plain)
    except ValueError:
        return None
    return value * factor if plain[:1].isdigit() or plain[:1] == "." else None
