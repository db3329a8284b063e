"""The demo in numbers: label errors kept, what one epoch decides, an exclusion, the trusted default. Without Streamlit."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import budgets, methods
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.dashboard.overview.charts import FIGURE
from coreset_engine.errors import EngineError

RUN, RATE, EPOCHS = "demo", 0.1, 30
EXCLUSION = "lowest-aum"  # the set that making the demo saves
WHY = (
    "With few samples a network needs the common cases of every class; Random draws them as they come, rankings by hardness "
    "fill the places with borders, doubles and wrong labels."
)


@dataclass(frozen=True)
class Line:
    """One selection of the story: its spec, the label errors that it keeps, the test accuracies reached on it."""

    spec: CoresetSpec
    errors: int
    accuracies: tuple[float, ...]

    @property
    def reached(self) -> str:
        """Return the mean accuracy and its n, "" without a training."""
        n = len(self.accuracies)
        return f"{100 * float(np.mean(self.accuracies)):.1f} % (n = {n})" if n else ""


def specs() -> dict[str, CoresetSpec]:
    """Return the selections of the story by the names it has for them; what draws is told for its seed 0."""
    pair = {"early": 1, "late": 21, "length": 10}
    return {
        "Random": CoresetSpec(RUN, "random", {"seed": 0}, rate=RATE),
        "EVA": CoresetSpec(RUN, "eva", pair, rate=RATE),
        "EVA 2/21": CoresetSpec(RUN, "eva", pair | {"early": 2}, rate=RATE),
        "EL2N": CoresetSpec(RUN, "el2n", rate=RATE),
        "EL2N without": CoresetSpec(RUN, "el2n", rate=RATE, exclusion=EXCLUSION),
        "auto": CoresetSpec(RUN, "auto", {"seed": 0}, rate=RATE),
    }


def lines(wrong: NDArray[np.bool_], select: Callable[[CoresetSpec], Coreset], table: pd.DataFrame) -> dict[str, Line]:
    """Return the story's selections with what they keep and reach, by their names; without one whose set is not saved.

    Args:
        wrong: (N,) injected label errors.
        select: gives the coreset of a spec.
        table: results on the demo's own data set.

    Raises:
        EngineError: a coreset can't be computed.
    """
    found = {}
    for name, spec in specs().items():
        with suppress(*([EngineError] if spec.exclusion else [])):  # a demo of a former version has no such set
            found[name] = Line(spec, int(wrong[select(spec).rows].sum()), _accuracies(spec, table))
    return found


def sentences(found: dict[str, Line], errors: int) -> list[str]:
    """Return the story, a sentence for each of its points of which the numbers are there.

    Args:
        found: of `lines`.
        errors: how many label errors were injected.
    """
    random, eva, later, el2n, auto = (found[name] for name in ("Random", "EVA", "EVA 2/21", "EL2N", "auto"))
    without = found.get("EL2N without")
    told = [
        f"**What is hard is often wrong.** At α = {100 * RATE:g} % EL2N keeps {el2n.errors} of {errors} injected label "
        f"errors, EVA {eva.errors}, Random {random.errors}, `auto` {auto.errors}."
    ]
    if eva.reached and later.reached:
        told.append(
            f"**One epoch decides.** EVA with windows 2/21 reaches {later.reached} test accuracy, with 1/21 {eva.reached}."
        )
    if without and el2n.reached and without.reached:
        told.append(
            f"**An exclusion, before and after.** Without the samples of lowest AUM EL2N keeps {without.errors} label "
            f"errors in place of {el2n.errors}, and reaches {without.reached} in place of {el2n.reached}."
        )
    if random.reached and auto.reached:
        told.append(
            f"**Why Random wins here.** {WHY} It reaches {random.reached}; `auto`, Random behind a cut-off of the hardest "
            f"with room for small classes, {auto.reached}."
        )
    return told


def _accuracies(spec: CoresetSpec, table: pd.DataFrame) -> tuple[float, ...]:
    """Return the test accuracies at the best val epoch of the trainings on what a spec selects, as results label them."""
    if table.empty:
        return ()
    words = budgets.words(spec.class_budget, spec.hard_cutoff)
    label = ", ".join([methods.label_of(spec.method, spec.options, spec.options.get("seed", 0)), *words])
    named = table["label"] == label
    if spec.exclusion:
        named = table["label"].str.startswith(f"{label} without ")
        named &= table["label"].str.contains(f"({spec.exclusion}, ", regex=False)
    found = table[named & (table["rate"] == spec.rate) & (table["epochs"] == EPOCHS) & (table["collapsed"] == 0)]
    return tuple(found[FIGURE])
