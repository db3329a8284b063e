"""What can be trained from the window map: each choice as a request, without Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from coreset_engine import architectures, papers, store
from coreset_engine.dashboard.windows.outcomes import Pair, PairAccuracy
from coreset_engine.datasets import ImageSet
from coreset_engine.papers import PaperWindow
from coreset_engine.pipeline.requests import SweepRequest, retrainable, window_words
from coreset_engine.window_map import inputs
from coreset_engine.windows import Windows

SEARCH = "search"
STRATEGY = "model"  # which on recorded grids ended at the best windows most often, see benchmarks/search.py


@dataclass(frozen=True)
class Place:
    """Where on the map one is.

    Attributes:
        run: its name.
        current: windows of the controls.
        rate: α.
        facts: of the run.
        best: windows that did best on val so far, None before any retraining.
        paper: the published windows that this run can have at this rate.
    """

    run: str
    current: Windows
    rate: float
    facts: store.RunInfo
    best: Pair | None = None
    paper: PaperWindow | None = None


def labels(place: Place) -> dict[str, str]:
    """Return the choices in words, by name, the search first; those that nothing is known for are left out.

    Raises:
        WindowError: two windows do not fit the run.
    """
    early, late = place.current.early, place.current.late
    step = window_words.step_of(place.facts.epochs)
    apart = "every pair" if step == 1 else f"starts {step} epochs apart"
    found = {
        SEARCH: "Search: the best of the grid",
        "cell": f"This cell: {early}/{late}",
        "row": f"Row: t_e {early}, every t_l",
        "column": f"Column: t_l {late}, every t_e",
        "grid": f"Coarse grid: {apart}",
    }
    if place.best:
        found["around"] = f"Around the best: {place.best[0]}/{place.best[1]}"
    if place.paper:
        found["paper"] = f"The paper's: {place.paper.early}/{place.paper.late}"
    if len(grid(place.facts.epochs, place.current.length)) < 2:  # nothing to choose among
        del found[SEARCH]
    return found


def words(choice: str, place: Place) -> tuple[str, ...]:
    """Return the windows of a choice as a sweep names them."""
    early, late = place.current.early, place.current.late
    if choice == "around" and place.best:
        return (f"around:{place.best[0]}/{place.best[1]}",)
    if choice == "paper" and place.paper:
        return (f"{place.paper.early}/{place.paper.late}",)
    return ({"cell": f"{early}/{late}", "row": f"row:{early}", "column": f"column:{late}"}.get(choice, "grid"),)


def request(
    choice: str,
    place: Place,
    *,
    lengths: Sequence[int] = (),
    seeds: int = 2,
    strategy: str = STRATEGY,
    budget: int | None = None,
    trained_on: Mapping[str, Any] = MappingProxyType({}),
) -> SweepRequest:
    """Return what a choice asks for.

    Args:
        choice: one of `labels`.
        place: where on the map.
        lengths: K; () for the current one.
        seeds: trainings per cell: 0, 1, …
        strategy: of a search.
        budget: of a search, None for a quarter of the grid.
        trained_on: executor and what it is told, as fields of a sweep.

    Raises:
        EngineError: it is not possible.
    """
    asked = SweepRequest(
        place.run,
        (inputs.METHOD,),
        (place.rate,),
        windows=words(choice, place),
        lengths=tuple(lengths) or (place.current.length,),
        training_seeds=tuple(range(seeds)),
        **trained_on,
    )
    return replace(asked, search=strategy, budget=budget) if choice == SEARCH else asked


def best(reached: Sequence[PairAccuracy]) -> Pair | None:
    """Return the windows with the highest mean, the first of equals; None without a mean."""
    known = [one for one in reached if one.n]
    top = max(known, key=lambda one: one.mean, default=None)
    return (top.early, top.late) if top else None


def grid(epochs: int, length: int) -> list[Pair]:
    """Return the pairs of windows of the coarse grid.

    Raises:
        WindowError: two windows do not fit the run.
    """
    return window_words.pairs(("grid",), epochs, length)


def hindrance(facts: store.RunInfo, images: ImageSet | None) -> str:
    """Return why nothing can be retrained from here, "" where it can."""
    reason = retrainable.hindrance(facts, images=images is not None)
    if reason:
        return f"Nothing can be trained from this run: {reason}."
    if facts.architecture not in architectures.all_architectures():
        return "This run does not say which architecture recorded it. Choose one on the Experiments page."
    return ""


def of_papers(paper: PaperWindow | None, dataset: str) -> str:
    """Return what is published of windows at this rate, or of which rates windows are."""
    if paper:
        return f"t_e {paper.early}, t_l {paper.late}: the best at this α as published ({paper.source})."
    known = ", ".join(f"{100 * one.rate:g} %" for one in papers.windows_for(dataset))
    if known:
        return f"Published are windows for α = {known} at K = 10, of recordings of 200 epochs."
    return f"No windows are published for {dataset or 'imported dynamics'}."
