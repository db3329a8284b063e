"""The demo: a recorded run on the synthetic phantom and retrainings on it, made within some minutes on two cores."""

from collections.abc import Callable, Iterator

import numpy as np

from coreset_engine import paths, pipeline, results, store
from coreset_engine.access import require_writable
from coreset_engine.analysis import label_issues
from coreset_engine.config import Recipe
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.store import exclusions
from coreset_engine.training.progress import Progress

RUN = "demo"
EPOCHS = 30
PAIR = {"early": 1, "late": 21, "length": 10}
LATER = PAIR | {"early": 2}  # one epoch later
METHODS = [("random", {}), ("eva", PAIR), ("el2n", {}), ("auto", {})]
RATES = (
    0.1,
    0.05,
    0.2,
)  # the first one first, with all that is told of it: it gives the Results page something to show
SEEDS = (0, 1, 2, 3, 4)
EXCLUSION = "lowest-aum"  # the saved set of rows without which EL2N selects once more


def make(watch: Callable[[int, int, Progress, str], None], should_stop: Callable[[], bool]) -> Iterator[str]:
    """Record and retrain what is not there yet, and yield a sentence after each step.

    Args:
        watch: told the number of a training, how many there are, its progress, and what it is.
        should_stop: asked after every epoch.

    Raises:
        Interrupted: `should_stop` said so; calling it again goes on.
        EngineError: no room, or the run is being written elsewhere.
    """
    require_writable("make the demo")
    request = pipeline.RecordingRequest(RUN, "demo", "lenet", Recipe(epochs=EPOCHS, learning_rate=0.02))
    trained = planned()
    count = len(trained) + 1
    begun = RUN in store.run_names()
    if (
        not begun
        or store.run_summary(RUN)["epochs_done"] < EPOCHS
        or not (paths.run_folder(RUN) / "snapshot.h5").exists()
    ):
        pipeline.record(request, resume=begun, watch=lambda p: watch(0, count, p, "recording"), should_stop=should_stop)
        yield f"{EPOCHS} epochs of LeNet-5 on the synthetic demo recorded."
    save_exclusion()
    watched = pipeline.retrain(
        trained,
        watch=lambda n, p: watch(n + 1, count, p, trained[n].title),
        should_stop=should_stop,
    )
    for row in watched:
        yield f"{results.label(row)} at α={row['rate']:g}, seed {row['seed']}: test accuracy {row['test_acc_best_val']:.4f}."


def planned() -> list[pipeline.Retraining]:
    """Return the retrainings, seed by seed, so that every line of the first rate soon has a point."""
    specs = {rate: [CoresetSpec(RUN, method, options, rate=rate) for method, options in METHODS] for rate in RATES}
    specs[RATES[0]] += [
        CoresetSpec(RUN, "eva", LATER, rate=RATES[0]),
        CoresetSpec(RUN, "el2n", rate=RATES[0], exclusion=EXCLUSION),
    ]
    found = [pipeline.Retraining(spec, seed, "lenet") for rate in RATES for seed in SEEDS for spec in specs[rate]]
    return found + [pipeline.Retraining(CoresetSpec(RUN, FULL, rate=1.0), seed, "lenet") for seed in SEEDS[1:]]


def save_exclusion() -> None:
    """Save the rows of lowest AUM as the set to exclude, unless there is one of that name.

    Raises:
        EngineError: it can't be written.
    """
    info = store.RunFile(paths.run_folder(RUN)).info
    if EXCLUSION in exclusions.names(info.dataset_sha256):
        return
    rows = np.flatnonzero(label_issues.find(store.load_run(RUN), "low-aum").mask)
    exclusions.save(
        EXCLUSION,
        rows,
        dataset=info.dataset,
        dataset_sha256=info.dataset_sha256,
        samples=info.samples,
        note="Label issues by low-aum: the demo selects once without them.",
    )
