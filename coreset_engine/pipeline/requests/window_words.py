"""Windows of a sweep in words: `grid`, `row:E`, `column:L`, `around:E/L` and pairs `E/L`."""

from __future__ import annotations

from collections.abc import Sequence

from coreset_engine.errors import ConfigError, WindowError
from coreset_engine.names import counted
from coreset_engine.windows import Windows, is_legal

AROUND = 2  # grid steps on each side of a pair that `around` covers
FORMS = "grid, row:E, column:L, around:E/L and E/L"
STEPPED = ("grid", "row", "column", "around")  # of which the step counts

Pair = tuple[int, int]  # t_e, t_l


def step_of(epochs: int) -> int:
    """Return how many epochs apart the windows of a grid start: a twentieth of T, at least 1."""
    return max(1, epochs // 20)


def check(words: Sequence[str]) -> tuple[str, ...]:
    """Return words that name windows.

    Raises:
        ConfigError: one is none of the forms.
    """
    for word in words:
        _parts(word)
    return tuple(words)


def pairs(words: Sequence[str], epochs: int, length: int, step: int | None = None) -> list[Pair]:
    """Return every pair of windows that words name, ascending, each once.

    Args:
        words: see `FORMS`.
        epochs: T of the run.
        length: K, epochs per window.
        step: epochs from one start of a grid to the next; None for a twentieth of T.

    Raises:
        ConfigError: a word is none of the forms.
        WindowError: a pair does not fit the run, or the step is below 1.
    """
    if step is not None and step < 1:
        raise WindowError(f"Window starts can't be {step} epochs apart. Give a step of 1 or more.")
    apart = step or step_of(epochs)
    last = epochs - length + 1
    starts = sorted({*range(1, last + 1, apart), last}) if last > 0 else []
    found: set[Pair] = set()
    for word in words:
        kind, early, late = _parts(word)
        named = _named(kind, early, late, starts, apart)
        legal = {pair for pair in named if is_legal(Windows(*pair, length), epochs)}
        if not legal and epochs < 2 * length:
            shorter = f"Give a --length of at most {epochs // 2}, or record" if epochs > 3 else "Record"
            run = counted(epochs, "{epoch|epochs}")
            raise WindowError(f"{word}: no two windows of {length} epochs fit a run of {run}. {shorter} a longer run.")
        if not legal:
            raise WindowError(
                f"{word}: no two windows of {length} epochs fit a run of {counted(epochs, '{epoch|epochs}')} there. A pair "
                f"E/L needs L - E of {length} or more and L of at most {last}."
            )
        found |= legal
    return sorted(found)


def _named(kind: str, early: int, late: int, starts: Sequence[int], apart: int) -> list[Pair]:
    """Return the pairs of one word, legal or not."""
    if kind == "grid":
        return [(one, other) for one in starts for other in starts]
    if kind == "row":
        return [(early, other) for other in starts]
    if kind == "column":
        return [(one, late) for one in starts]
    if kind == "around":
        moves = [apart * number for number in range(-AROUND, AROUND + 1)]
        return [(early + one, late + other) for one in moves for other in moves]
    return [(early, late)]


def _parts(word: str) -> tuple[str, int, int]:
    """Return the form of a word, t_e and t_l; 0 for what it does not say.

    Raises:
        ConfigError: it is none of the forms.
    """
    kind, colon, rest = word.partition(":")
    if word == "grid":
        return "grid", 0, 0
    if kind in ("row", "column") and colon and rest.isdecimal():
        return kind, *((int(rest), 0) if kind == "row" else (0, int(rest)))
    early, slash, late = (rest if kind == "around" else word).partition("/")
    if slash and early.isdecimal() and late.isdecimal():
        return ("around" if kind == "around" else "pair"), int(early), int(late)
    raise ConfigError(f"--windows {word!r} names no windows. Write {FORMS}, e.g. row:1 or 1/190.")


def window_pairs(given: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return t_e and t_l of every E/L.

    Raises:
        ConfigError: one is no pair of whole numbers.
    """
    pairs = []
    for text in given:
        early, slash, late = text.partition("/")
        if not (slash and early.isdecimal() and late.isdecimal()):
            raise ConfigError(f"--windows {text!r} is no pair of epochs. Write E/L, e.g. 1/190.")
        pairs.append((int(early), int(late)))
    return tuple(pairs)
