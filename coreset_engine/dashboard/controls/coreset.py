"""All controls of the sidebar that ask for a coreset."""

from dataclasses import replace

from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import paper_windows, run_and_method
from coreset_engine.dashboard.controls.average import choose_average
from coreset_engine.dashboard.controls.class_budget import choose_shares
from coreset_engine.dashboard.controls.exclusion import choose_exclusion


def choose_coreset(*, averages: bool = True, published: bool = False) -> CoresetSpec:
    """Draw all that asks for a coreset, from the run to the exclusion, and return the coreset that is meant.

    Args:
        averages: whether scores can be averaged over runs.
        published: whether windows that papers published are offered.

    Raises:
        EngineError: the run is missing, damaged or too short, or an option has an impossible value.
    """
    run = run_and_method.choose_run()
    epochs, facts = cached.dynamics(run).epochs, cached.info(run)
    spec = run_and_method.choose_spec(run, epochs)
    if published and len(spec.windows) == 2:
        paper_windows.draw(facts.dataset, epochs)
    images = cached.images(run)
    shared = choose_shares(grouped=images is not None and "train" in images.groups)
    average = choose_average(run) if averages else ()
    exclusion, _ = choose_exclusion(facts.dataset_sha256)
    return replace(spec, average=average, exclusion=exclusion, **shared)
