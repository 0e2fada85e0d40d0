"""Asking for objects in words: ``score < 0.6 and (touching the border or class = cell)``.

Grammar, in falling precedence of what binds::

    expression := term ("or" term)*
    term       := factor ("and"? factor)*           "and" may be left out before "not" and "("
    factor     := "not" factor | "(" expression ")" | comparison | phrase
    comparison := FIELD OPERATOR value               score < 0.6 · class is not cell
    phrase     := a ready phrase (edited, touching the border, …), else text to find

Text to find is looked for in class names and notes, and as the number of an object, so that an
ordinary search is an expression too. Values are numbers (``1.5k``, ``60 %``, ``500 px``) or text,
which needs quotes only where it holds a word of the grammar. Case does not matter.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from engine.document.annotation import Annotation
from engine.document.query_fields import (
    DEPTH,
    KEYWORDS,
    NUMBERS,
    OPERATORS,
    PHRASES,
    TEXTS,
    Around,
    Test,
    compare_numbers,
    compare_texts,
    find_text,
)
from engine.document.query_tokens import QueryError, Token, number, tokens

__all__ = ["Around", "Query", "QueryError", "parse"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question that objects answer with yes or no.

    Attributes:
        text: as it was written.
        test: answers for one object.
        is_text: it is nothing but text to find.
    """

    text: str
    test: Test
    is_text: bool = False

    def matches(self, annotation: Annotation, around: Around) -> bool:
        """Whether the object is one of those asked for."""
        return self.test(annotation, around)


def parse(text: str, classes: Collection[str] = ()) -> Query | None:
    """Read a question.

    Args:
        text: see the module.
        classes: names there are; where given, ``class = …`` must be one of them.

    Returns:
        None where there is nothing to ask.

    Raises:
        QueryError: it cannot be understood; the sentence says what and what would be.
    """
    found = tokens(text)
    if not found:
        return None
    parser = _Parser(text, found, classes)
    test = parser.expression()
    rest = parser.now
    if rest is not None and rest.kind == ")":
        raise QueryError("There is a closing parenthesis too many.", rest.start)
    if rest is not None:
        raise QueryError(f"Put “and” or “or” before “{rest.text}”.", rest.start)
    return Query(text, test, parser.only_text)


class _Parser:
    """Recursive descent over tokens; one function per line of the grammar."""

    def __init__(self, text: str, found: list[Token], classes: Collection[str]) -> None:
        self._text, self._tokens = text, found
        self._classes = {name.casefold(): name for name in classes}
        self._at = self._depth = 0
        self.only_text = True

    @property
    def now(self) -> Token | None:
        """The next token; None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _word(self, *words: str) -> bool:
        """Step over the next token if it is one of these words."""
        token = self.now
        if token is None or token.kind != "word" or token.low not in words:
            return False
        self._at += 1
        return True

    # -- grammar -----------------------------------------------------------------------------

    def expression(self) -> Test:
        tests = [self._term()]
        while self._word("or"):
            self.only_text = False
            tests.append(self._term())
        return tests[0] if len(tests) == 1 else _any(tests)

    def _term(self) -> Test:
        tests = [self._factor()]
        while self._goes_on():
            self.only_text = False
            tests.append(self._factor())
        return tests[0] if len(tests) == 1 else _all(tests)

    def _goes_on(self) -> bool:
        if self._word("and"):
            return True
        token = self.now
        return token is not None and (token.kind == "(" or token.low == "not")

    def _factor(self) -> Test:
        if self._word("not"):
            self.only_text = False
            return self._nested(lambda: _negated(self._factor()))
        token = self.now
        if token is None or (token.kind == "word" and token.low in KEYWORDS):
            raise self._missing()
        if token.kind == "(":
            self._at += 1
            self.only_text = False
            test = self._nested(self.expression)
            if self.now is None or self.now.kind != ")":
                raise QueryError("A closing parenthesis is missing.", len(self._text))
            self._at += 1
            return test
        if token.kind in (")", "operator"):
            raise self._missing()
        follows = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else None
        if self._is_operator(follows):
            return self._comparison(token)
        return self._phrase()

    def _nested(self, read: Callable[[], Test]) -> Test:
        self._depth += 1
        if self._depth > DEPTH:
            raise QueryError("This is nested too deeply. Leave out some parentheses.", 0)
        try:
            return read()
        finally:
            self._depth -= 1

    def _missing(self) -> QueryError:
        before = self._tokens[self._at - 1] if self._at else None
        where = f"after “{before.text}”" if before else "at the beginning"
        at = self.now.start if self.now else len(self._text)
        return QueryError(f"Something is missing {where}, such as “edited” or “score < 0.6”.", at)

    @staticmethod
    def _is_operator(token: Token | None) -> bool:
        if token is None:
            return False
        return token.kind == "operator" or (token.kind == "word" and token.low in OPERATORS)

    # -- comparisons -------------------------------------------------------------------------

    def _comparison(self, field: Token) -> Test:
        self.only_text = False
        self._at += 1
        operator = self._operator()
        sign = f"{field.text} {operator}"
        if field.low in NUMBERS:
            return compare_numbers(field.low, operator, self._number(field, sign))
        if field.low in TEXTS:
            if operator not in ("=", "≠", "contains"):
                words = f"“{field.text}” is compared with = or contains, not with {operator}."
                raise QueryError(words, field.start)
            return compare_texts(field.low, operator, self._value(field, operator, sign))
        names = [*NUMBERS, *TEXTS]
        near = _near(field.low, names)
        hint = f"Did you mean “{near[0]}”?" if near else "Try score, area, class or note."
        raise QueryError(f"“{field.text}” cannot be compared. {hint}", field.start)

    def _operator(self) -> str:
        token = self.now
        assert token is not None
        self._at += 1
        operator = OPERATORS[token.low]
        return "≠" if operator == "=" and token.kind == "word" and self._word("not") else operator

    def _number(self, field: Token, sign: str) -> float:
        token = self.now
        if token is None or token.kind not in ("number", "word"):
            raise QueryError(f"After “{sign}” a number is missing, such as {_example(field)}.", 0)
        value = number(token.text)
        if value is None:
            raise QueryError(
                f"“{field.text}” is compared with a number, such as {_example(field)}; "
                f"“{token.text}” is none.",
                token.start,
            )
        self._at += 1
        if self._word("%"):
            value /= 100
        self._word("px", "pixel", "pixels", "s", "seconds")
        if field.low == "score" and value > 1:
            raise QueryError(
                f"Scores lie between 0 and 1. For {value:g} % write {value / 100:g}.", token.start
            )
        return value

    def _value(self, field: Token, operator: str, sign: str) -> str:
        text = self._words()
        if not text:
            raise QueryError(f"After “{sign}” a name is missing.", len(self._text))
        wanted = text.casefold()
        known = field.low != "class" or operator == "contains" or wanted in self._classes
        if not known and self._classes:
            raise QueryError(self._no_class(text), field.start)
        return wanted

    def _no_class(self, text: str) -> str:
        near = _near(text.casefold(), list(self._classes), 0.5)
        shown = [self._classes[name] for name in near] or list(self._classes.values())[:3]
        names = ", ".join(f"“{name}”" for name in shown)
        lead = "The nearest is" if near else "There are" if len(shown) > 1 else "There is"
        return f"There is no class “{text}”. {lead} {names}."

    # -- phrases -----------------------------------------------------------------------------

    def _phrase(self) -> Test:
        token = self.now
        quoted = token is not None and token.kind == "text"
        text = self._words()
        ready = None if quoted else PHRASES.get(" ".join(text.casefold().split()))
        if ready is not None:
            self.only_text = False
            return ready
        return find_text(text.casefold())

    def _words(self) -> str:
        """The text up to the next word of the grammar; of a quoted text, what it holds."""
        token = self.now
        if token is not None and token.kind == "text":
            self._at += 1
            return token.text
        start = stop = None
        while (token := self.now) is not None and not self._ends(token):
            start, stop = token.start if start is None else start, token.stop
            self._at += 1
        return self._text[start:stop] if start is not None else ""

    @staticmethod
    def _ends(token: Token) -> bool:
        if token.kind in ("(", ")", "operator", "text"):
            return True
        return token.kind == "word" and token.low in KEYWORDS


def _near(word: str, words: list[str], least: float = 0.6) -> list[str]:
    """The word that looks most alike, if one does."""
    import difflib  # only where something is wrong

    return difflib.get_close_matches(word, words, 1, least)


def _example(field: Token) -> str:
    return "0.6" if field.low == "score" else "500"


def _any(tests: list[Test]) -> Test:
    return lambda each, around: any(test(each, around) for test in tests)


def _all(tests: list[Test]) -> Test:
    return lambda each, around: all(test(each, around) for test in tests)


def _negated(test: Test) -> Test:
    return lambda each, around: not test(each, around)
