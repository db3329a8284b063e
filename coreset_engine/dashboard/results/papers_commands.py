"""The link by which the Experiments page is filled in with a published cell."""

from coreset_engine.dashboard.controls.recipe_words import MOMENTA, SCHEDULES, word_of
from coreset_engine.papers import tables
from coreset_engine.papers.recipes import of_recipe
from coreset_engine.papers.tables import Cell, Table
from coreset_engine.results.published import WITHOUT_SURROGATE, options_of
from coreset_engine.results.reproduction import recorded_epochs
from coreset_engine.sweep.paper_cells import SEEDS, recipes_of


def link(cell: Cell, table: Table, run: str | None, combine: str = "sum") -> dict[str, str] | None:
    """Return what the Experiments page's URL must say to have a cell filled in; None where the form can't say it all.

    It can't for references, which are check boxes there, for other architectures than the run's, for weights in the loss,
    for class budgets, and for numbers of epochs and schedules that it does not offer.
    """
    one = tables.mapped(cell)
    epochs = tables.epochs_of(table, cell.rate)
    simple = one.name not in WITHOUT_SURROGATE and (one.weighting, one.class_budget) == ("none", "none")
    same = cell.surrogate == cell.architecture and epochs == recorded_epochs(cell, table)
    if run is None or not simple or not same:
        return None
    recorded, retrained = recipes_of(cell, table)
    if retrained.schedule not in SCHEDULES:
        return None
    shared = ("early", "late", "length")
    given = {name if name in shared else f"{one.name}_{name}": str(v) for name, v in options_of(cell, combine).items()}
    seeds = str(cell.seeds if cell.seeds > 1 else SEEDS)
    given |= {"retrain_drop_last": "true"} if of_recipe(cell).get("drop_last") else {}
    if word_of(retrained) != word_of(recorded):
        given["retrain_augment"] = word_of(retrained)
    for name in ("schedule", "normalisation", "view"):
        if getattr(retrained, name) != getattr(recorded, name):
            given[f"retrain_{name}"] = getattr(retrained, name)
    if retrained.nesterov != recorded.nesterov:
        given["retrain_momentum"] = next(word for word, is_set in MOMENTA.items() if is_set == retrained.nesterov)
    return {"run": run, "methods": one.name, "rates": str(cell.rate), "rule": one.rule, "seeds": seeds} | given
