"""Importing: dynamics of another origin become a run."""

from contextlib import closing
from pathlib import Path

from coreset_engine import config, paths, store
from coreset_engine.access import require_writable
from coreset_engine.errors import RunError
from coreset_engine.pipeline.requests import ImportRequest


def import_dynamics(request: ImportRequest) -> str:
    """Make a run of foreign dynamics and return its name.

    Raises:
        EngineError: the file can't be read, its arrays do not fit, or the run exists already.
    """
    require_writable("import a run")
    run, file, alone = request.run, Path(request.file), bool(request.signal)
    dynamics = store.read_signal(file, request.signal) if alone else store.read_foreign(file)
    folder = paths.run_folder(run)
    store.sweep()
    info = store.RunInfo(
        epochs=dynamics.epochs,
        samples=dynamics.n_samples,
        classes=dynamics.classes,
        multi_label=dynamics.multi_label,
        probabilities="" if alone else "float32",
        signals=list(dynamics.signals) if alone else [],
        class_names=[f"class {c}" for c in range(dynamics.classes)],
        versions=config.versions(),
        created=store.utc_now(),
        uuid=store.new_uuid(),
        origin="imported",
        mode="",
        val_loss_per_class=dynamics.val_loss is not None,
    )
    with store.RunClaim(folder):
        if store.is_taken(folder):
            raise RunError(f"The run {run!r} exists already. Choose another name.")
        store.clear(folder)
        with store.built_aside(folder) as aside:  # half an import can't be gone on with, so none has the run's name
            store.write_request(aside.folder, {"imported": request.file}, dynamics.read_as)
            with closing(store.RunWriter(aside.folder, info, dynamics.labels, lock=aside.descriptor)) as writer:
                for epoch in range(1, dynamics.epochs + 1):
                    rows = {name: values[epoch - 1] for name, values in dynamics.signals.items()}
                    known = {} if dynamics.val_loss is None else {store.CLASS_LOSS: dynamics.val_loss[epoch - 1]}
                    writer.write_epoch(epoch, rows, known)
    return run
