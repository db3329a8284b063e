"""The demo: a recorded run on the synthetic phantom and retrainings on it, made within a minute or two on two cores."""

from collections.abc import Callable, Iterator

from coreset_engine import paths, pipeline, results, store
from coreset_engine.access import require_writable
from coreset_engine.config import Recipe
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.training.progress import Progress

RUN = "demo"
EPOCHS = 30
METHODS = [("random", {}), ("eva", {"early": 1, "late": 21, "length": 10}), ("el2n", {})]
RATES = (0.1, 0.05, 0.2)  # the first one first: it gives the Results page something to show
SEEDS = [0, 1]


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
    planned = [
        pipeline.Retraining(CoresetSpec(RUN, method, options, rate=rate), seed, "lenet")
        for rate in RATES
        for method, options in METHODS
        for seed in SEEDS
    ]
    planned += [pipeline.Retraining(CoresetSpec(RUN, FULL, rate=1.0), seed, "lenet") for seed in SEEDS[1:]]
    count = len(planned) + 1
    begun = RUN in store.run_names()
    if (
        not begun
        or store.run_summary(RUN)["epochs_done"] < EPOCHS
        or not (paths.run_folder(RUN) / "snapshot.h5").exists()
    ):
        pipeline.record(request, resume=begun, watch=lambda p: watch(0, count, p, "recording"), should_stop=should_stop)
        yield f"{EPOCHS} epochs of LeNet-5 on the synthetic demo recorded."
    watched = pipeline.retrain(
        planned,
        watch=lambda n, p: watch(n + 1, count, p, planned[n].title),
        should_stop=should_stop,
    )
    for row in watched:
        yield f"{results.label(row)} at α={row['rate']:g}, seed {row['seed']}: test accuracy {row['test_acc_best_val']:.4f}."
