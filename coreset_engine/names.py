"""Which texts may be names of classes, labels, data sets: what people can read and nothing hides behind."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import EngineError

LONGEST = 255  # characters, as file systems allow for a name
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they change the order in which others are shown
_BREAKS = "\u2028\u2029"


def problem(text: str, longest: int = LONGEST) -> str:
    r"""Return what is wrong with a text as a name, "" for nothing, e.g. "holds the control character '\x1b'"."""
    if not text.strip():
        return "is empty"
    if len(text) > longest:
        return f"has {len(text):,} characters, of which {longest} are allowed"
    return hidden(text)


def hidden(text: str) -> str:
    """Return what in a text can't be shown as it is, "" for nothing."""
    if text.isascii() and text.isprintable():
        return ""
    for sign in text:
        kind = unicodedata.category(sign)
        if kind == "Cs":
            return f"holds half a character ({sign!a}) and so is no valid text"
        if kind == "Cc" or sign in _BREAKS:
            return f"holds the control character {sign!a}"
        if sign in _TURNING:
            return f"holds {sign!a}, which turns the direction of the text around it"
    return ""


def check(text: str, what: str, error: type[EngineError] = EngineError, longest: int = LONGEST) -> str:
    """Return a name when it may be one.

    Args:
        text: the name.
        what: it is the name of, for the message, e.g. "images.npz: the name of class 3".
        error: to raise.
        longest: allowed, in characters.

    Raises:
        EngineError: of the type given; the name is empty, too long, no valid text, or holds what can't be seen.
    """
    found = problem(text, longest)
    if found:
        raise error(f"{what}, {shown(text)}, {found}. Change it in the source, then try again.")
    return text


def check_all(texts: Iterable[str], what: str, error: type[EngineError] = EngineError) -> None:
    """Refuse the first of several names that may not be one; `what` is "the name of class" and the like.

    Raises:
        EngineError: of the type given.
    """
    for number, text in enumerate(texts):
        check(text, f"{what} {number}", error)


def counted(number: int, text: str) -> str:
    """Return a number and what is counted, e.g. "1 picture is left": of each "{picture is|pictures are}" the form that fits.

    Args:
        number: how many.
        text: with the forms for one and for several; names from files have no place in it, they may hold braces.
    """
    return f"{number:,} " + re.sub(r"\{([^{}|]*)\|([^{}|]*)\}", lambda forms: forms[1 if number == 1 else 2], text)


def shown(text: str, longest: int = 60) -> str:
    """Return a text in quotes, as messages say it: short, and each sign that can't be shown as its number."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return f"'{escaped(cut)}'"


def escaped(text: str) -> str:
    r"""Return a text with each sign that can't be shown as it is as its number, e.g. "\x1b" or "\u202e"."""
    return "".join(ascii(sign)[1:-1] if hidden(sign) else sign for sign in text)


def of_groups(values: Any) -> NDArray[np.str_]:
    """Return the groups of samples as text of the shape given, (N,) also for one column; "" for what is missing.

    None, NaN and what pandas takes for either are missing. Whole numbers read the same as floats, which pandas makes of
    them where one is missing.

    Example:
        >>> from coreset_engine import names
        >>> names.of_groups(["P1", None, 7.0, float("nan")]).tolist()
        ['P1', '', '7', '']
    """
    given = values.detach().cpu().numpy() if hasattr(values, "detach") else values
    found = given if isinstance(given, np.ndarray) else np.array(given, object)  # else NaN beside texts became "nan"
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.dtype.kind in "iuU":
        return found.astype(np.str_)
    texts = [_of_group(value) for value in found.ravel().tolist()]
    return np.array(texts, np.str_).reshape(found.shape)


def _of_group(value: Any) -> str:
    """Return one group as text, "" where it is missing."""
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
