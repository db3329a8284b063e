"""The little language of filters: "forgetting > 3 and class = liver" becomes a tree; nothing in it is ever run as code."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from coreset_engine.errors import ConfigError

LONGEST = 1000  # characters
DEEPEST = 50  # parentheses and nots within each other
HELP = (
    "Comparisons (> >= < <= = != in) joined by and, or, not and parentheses, e.g. "
    '"forgetting > 3 and class = liver and not correct_last"; p10 is the 10th percentile, as in "aum < p10"; a name of a '
    "class that has spaces stands in quotes."
)
_PIECE = re.compile(
    r"""\s*(?:
        (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
        | (?P<word>[^\W\d][\w.-]*)
        | (?P<text>"[^"]*"|'[^']*')
        | (?P<sign>>=|<=|==|!=|[><=(),])
        | (?P<end>$)
    )""",
    re.VERBOSE,
)
_COMPARING = (">", ">=", "<", "<=", "=", "!=", "in")
_RESERVED = ("and", "or", "not", "in")


class Term(NamedTuple):
    """One piece of a filter.

    Attributes:
        kind: "word" for a name without quotes, "text" for one in quotes, "number"; "sign" and "end" are in no tree.
        text: without quotes.
        at: place of its first character, from 1.
    """

    kind: str
    text: str
    at: int


class Flag(NamedTuple):
    """A value that stands alone, as `correct_last`."""

    term: Term


class Comparison(NamedTuple):
    """A term, one of > >= < <= = != in, and what it is compared with: one term, of "in" one or several."""

    left: Term
    operator: str
    right: tuple[Term, ...]


class Negation(NamedTuple):
    """What is not to hold."""

    part: "Node"


class Junction(NamedTuple):
    """Parts of which all ("and") or some ("or") hold."""

    operator: Literal["and", "or"]
    parts: tuple["Node", ...]


Node = Flag | Comparison | Negation | Junction


def wrong(at: int, sentence: str) -> ConfigError:
    """Return the error that a sentence says of a place of a filter."""
    return ConfigError(f"Filter, character {at}: {sentence}")


def parse(text: str) -> Node:
    """Return the tree of a filter.

    Raises:
        ConfigError: it can't be read; the sentence says at which character.

    Example:
        >>> from coreset_engine.analysis.filter_syntax import parse
        >>> parse("not aum < p10").part.operator
        '<'
    """
    if len(text) > LONGEST:
        raise ConfigError(
            f"A filter has {len(text):,} characters; at most {LONGEST:,} are possible. Write a shorter one."
        )
    if not text.strip():
        raise ConfigError(f"The filter is empty. Write {HELP[0].lower()}{HELP[1:]}")
    return _Parser(_pieces(text)).whole()


def _pieces(text: str) -> list[Term]:
    """Return the pieces of a text, "end" last."""
    found: list[Term] = []
    place = 0
    while not found or found[-1].kind != "end":
        match = _PIECE.match(text, place)
        if match is None:
            raise _unreadable(text, place)
        kind = str(match.lastgroup)
        piece = match[kind]
        found.append(Term(kind, piece[1:-1] if kind == "text" else piece, match.start(kind) + 1))
        place = match.end()
    return found


def _unreadable(text: str, place: int) -> ConfigError:
    """Return what is wrong with the piece that begins at a place."""
    place += len(text[place:]) - len(text[place:].lstrip())
    if text[place] in "\"'":
        return wrong(place + 1, f"the quote {text[place]} has no end. Close it.")
    piece = text[place : place + 1] if not text[place].isdigit() else re.split(r"[\s()<>=!,]", text[place:])[0]
    return wrong(
        place + 1, f"{piece!r} can't be read. Put names that hold more than letters, digits, -, _ and . in quotes."
    )


class _Parser:
    """Reads pieces from left to right: or, and, not, a parenthesis or a comparison, each by a method of its own."""

    def __init__(self, pieces: Sequence[Term]) -> None:
        """Take the pieces, "end" last."""
        self._pieces, self._next, self._depth = pieces, 0, 0

    def whole(self) -> Node:
        """Return the tree of all pieces."""
        made = self._junction("or")
        if self._now.kind != "end":
            raise wrong(self._now.at, f"{self._now.text!r} is one too many. Join comparisons by and, or.")
        return made

    @property
    def _now(self) -> Term:
        """Return the piece that is to be read."""
        return self._pieces[self._next]

    def _is(self, *texts: str) -> bool:
        """Return whether the piece to be read is one of some signs or reserved words."""
        return self._now.kind in ("sign", "word") and self._now.text.lower() in texts

    def _take(self) -> Term:
        """Return the piece that is to be read and go on to the one after it."""
        self._next += self._now.kind != "end"
        return self._pieces[self._next - 1]

    def _junction(self, operator: Literal["and", "or"]) -> Node:
        """Return parts that are joined by one operator; "and" binds more tightly."""
        part = self._negation if operator == "and" else lambda: self._junction("and")
        parts = [part()]
        while self._is(operator):
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Junction(operator, tuple(parts))

    def _negation(self) -> Node:
        """Return a part, or the opposite of one."""
        if not self._is("not", "("):
            return self._comparison()
        opening = self._take()
        self._depth += 1
        if self._depth > DEEPEST:
            raise wrong(
                opening.at, f"more than {DEEPEST} parentheses and nots lie within each other. Write it simpler."
            )
        made: Node = Negation(self._negation()) if opening.text.lower() == "not" else self._enclosed(opening)
        self._depth -= 1
        return made

    def _enclosed(self, opening: Term) -> Node:
        """Return what stands in parentheses."""
        made = self._junction("or")
        if not self._is(")"):
            raise wrong(opening.at, "this parenthesis has no end. Close it where the part ends.")
        self._take()
        return made

    def _comparison(self) -> Node:
        """Return a comparison, or a value that stands alone."""
        left = self._term("a value, e.g. aum > 0.5, is")
        opposite = self._is("not") and self._pieces[self._next + 1].text.lower() == "in"
        if opposite:
            self._take()
        operator = "=" if self._now.text == "==" else self._now.text.lower()
        if self._now.kind not in ("sign", "word") or operator not in _COMPARING:
            return Flag(left)
        self._take()
        right = self._several() if operator == "in" else (self._term("what it is compared with is"),)
        made = Comparison(left, operator, right)
        return Negation(made) if opposite else made

    def _several(self) -> tuple[Term, ...]:
        """Return the terms of a list in parentheses."""
        if not self._is("("):
            raise wrong(self._now.at, "in takes a list: write it as in (liver, spleen).")
        self._take()
        found = [self._term("a member of the list is")]
        while self._is(","):
            self._take()
            found.append(self._term("a member of the list is"))
        if not self._is(")"):
            raise wrong(
                self._now.at, "the list has no end. Put a comma between its members and a parenthesis behind them."
            )
        self._take()
        return tuple(found)

    def _term(self, what: str) -> Term:
        """Return a name or a number."""
        now = self._now
        if now.kind in ("sign", "end") or (now.kind == "word" and now.text.lower() in _RESERVED):
            raise wrong(now.at, f"{what} missing here" + (f", before {now.text!r}." if now.text else "."))
        return self._take()
