"""A callback of Lightning that records training dynamics."""

from typing import Any

from coreset_engine.errors import DynamicsError
from coreset_engine.training.recorder import Recorder

try:
    from lightning.pytorch import Callback
except ModuleNotFoundError:  # the same under its other name
    from pytorch_lightning import Callback


class LightningRecorder(Callback):
    """Hands the logits of every training batch to a `Recorder`; `training_step` returns them.

    `training_step` returns `{"loss": loss, "logits": logits, "index": index}`, where `index` are the rows of the batch in
    the train split: let the data set give them beside each sample. Give the trainer as many epochs as the recorder, on one
    device, and a loader without `drop_last`.

    Example:
        with Recorder("mine", labels=y, classes=7, epochs=30) as recorder:
            Trainer(max_epochs=30, callbacks=[LightningRecorder(recorder)]).fit(module, loader)
    """

    def __init__(self, recorder: Recorder) -> None:
        """Take the recorder, which the caller opens and closes."""
        self.recorder = recorder

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Record a batch.

        Raises:
            DynamicsError: `training_step` returns no logits or no rows, or as `Recorder.record` says.
        """
        missing = {"logits", "index"} - set(outputs if isinstance(outputs, dict) else ())
        if missing:
            raise DynamicsError(
                f"training_step returns no {' and no '.join(sorted(missing))}. Return a dict of loss, logits and index."
            )
        self.recorder.record(trainer.current_epoch + 1, outputs["index"], outputs["logits"])

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Hand the epoch over to be written; raises as `Recorder.end_epoch` says."""
        self.recorder.end_epoch(trainer.current_epoch + 1)
