"""Networks of one half of the train split each, for proxies that ask no network about samples that it was trained on."""

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from coreset_engine import architectures, paths, store
from coreset_engine.datasets import library
from coreset_engine.pipeline import networks
from coreset_engine.pipeline.requests import RecordingRequest
from coreset_engine.snapshot import Snapshot
from coreset_engine.training import batches, folds
from coreset_engine.training.trainer import Trainer

HALVES = 2


def halves(run: str) -> tuple[NDArray[np.int64], list[Snapshot]]:
    """Return the half of every train sample of a run, 0 or 1, and of each half's network the snapshot of all samples.

    Halves are stratified by class and drawn by the run's seed. Each network is trained as the run's was, but on its half
    alone. What was trained is kept in the cache under `halves`.
    """
    request, info = RecordingRequest.of_run(run), store.RunFile(paths.run_folder(run)).info
    images = library.cached(info.dataset, info.dataset_sha256)
    train, val = (batches.put_on(torch.device("cpu"), images.images[s], images.labels[s]) for s in ("train", "val"))
    of = folds.fold_of(train.truth, HALVES, request.seed)
    build = partial(architectures.build, request.architecture, images.channels, images.classes, *images.size)
    found = []
    for half in range(HALVES):
        folder = paths.cache_root() / "halves" / f"{run}_{half}"
        if not (folder / store.SNAPSHOT_NAME).is_file():
            folder.mkdir(parents=True, exist_ok=True)
            own = train.take(np.flatnonzero(of == half))
            model = Trainer(build, request.recipe, request.seed, own, val).run().model
            store.write_snapshot(folder, networks.snapshot(model, train, val), request.recipe.epochs)
        found.append(_snapshot(store.read_snapshot(folder)))
    return of, found


def _snapshot(arrays: dict[str, NDArray[Any]]) -> Snapshot:
    """Return a snapshot of the train split with that of val."""
    val = Snapshot.from_arrays(**{name: arrays[f"val_{name}"] for name in ("features", "logits", "labels")})
    own = {name: arrays[name] for name in ("features", "logits", "labels", "head_weight")}
    return Snapshot.from_arrays(**own, validation=val)
