"""Training modes in the words of requests: `rs2` with each selection rate, `infobatch:prune=0.3`."""

from collections.abc import Mapping, Sequence
from typing import Any

from coreset_engine import budgets, training_modes
from coreset_engine.coreset import FULL
from coreset_engine.errors import ConfigError
from coreset_engine.training_modes import PLAIN, RATE, ModeSpec

# what of a request selects coresets, with the value that asks for nothing
_SELECTING: dict[str, Any] = {"weighting": "none", "rule": "top", "average": (), "snapshot": None, "windows": ()}
_SELECTING |= budgets.SHARED


def each(word: str, rates: Sequence[float]) -> tuple[str, ...]:
    """Return every mode that a word means: one per rate where it takes a share of the samples and does not say which.

    Raises:
        EngineError: the mode or its option does not exist, or it lacks a rate.
    """
    if word == PLAIN or not training_modes.takes_rate(word):
        return (str(training_modes.parse(word)),)
    if not rates:
        raise ConfigError(f"Mode {word} takes a share of the samples per epoch: give it as --rate, e.g. 0.1.")
    return tuple(str(training_modes.parse(word, rate=rate)) for rate in rates)


def of_request(asked: Any) -> dict[str, Any]:
    """Return the fields of a request for trainings in a mode: the mode with all options in its word, and the full data.

    Args:
        asked: a `RetrainingRequest` with a mode.

    Raises:
        EngineError: the mode or its option does not exist, it lacks a rate, or something of a coreset is given, too.
    """
    name = asked.mode.partition(":")[0]
    given = [field for field, usual in _SELECTING.items() if getattr(asked, field) != usual]
    given += ["methods"] if tuple(asked.methods) not in ((), (FULL,)) else []
    if given:
        raise ConfigError(
            f"Mode {name} trains on the full data and selects no coreset. Leave out {', '.join(given).replace('_', ' ')}; "
            "--reference trains full data and Random for comparison."
        )
    return {"mode": _word(asked.mode, asked.rates, asked.options), "options": {}, "methods": (FULL,)}


def _word(mode: str, rates: Sequence[float], options: Mapping[str, Any]) -> str:
    """Return a mode with further options as one word, without the rate where each of the rates is meant."""
    stated = mode if RATE not in options else f"{mode}{',' if ':' in mode else ':'}{RATE}={options[RATE]}"
    first = each(stated, rates)[0]
    asks = mode != first and training_modes.takes_rate(stated)
    spec = training_modes.parse(stated, rate=rates[0] if asks else None, options=options)
    return str(ModeSpec(spec.name, {key: value for key, value in spec.options.items() if not (asks and key == RATE)}))
