"""A callback of Hugging Face's `Trainer` that records training dynamics."""

from typing import Any

from transformers import TrainerCallback

from coreset_engine.errors import DynamicsError
from coreset_engine.training.recorder import Recorder


class TrainerRecorder(TrainerCallback):
    """Hands the logits of every training batch to a `Recorder`; it listens at the model.

    Let the data set give the row of each sample in the train split under `index`, and set
    `TrainingArguments(remove_unused_columns=False)`, so that the Trainer passes it on; the model itself never sees it. Give
    the Trainer as many epochs as the recorder, on one device, and no `dataloader_drop_last`.

    Example:
        with Recorder("mine", labels=y, classes=7, epochs=30) as recorder:
            Trainer(model, arguments, train_dataset=rows, callbacks=[TrainerRecorder(recorder)]).train()
    """

    def __init__(self, recorder: Recorder, key: str = "index") -> None:
        """Take the recorder, which the caller opens and closes, and the name under which the data set gives rows."""
        self.recorder, self.key = recorder, key
        self._epoch = 1
        self._rows: Any = None
        self._hooks: tuple[Any, ...] = ()

    def on_train_begin(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """Listen at the model; an epoch that was left half is begun again."""
        model, self._epoch = known["model"], int(state.epoch or 0) + 1
        self._hooks = (
            model.register_forward_pre_hook(self._take_rows, with_kwargs=True),
            model.register_forward_hook(self._record, with_kwargs=True),
        )

    def on_epoch_end(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """Hand the epoch over to be written; raises as `Recorder.end_epoch` says."""
        self.recorder.end_epoch(self._epoch)
        self._epoch += 1

    def on_train_end(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """Listen no longer."""
        for hook in self._hooks:
            hook.remove()

    def _take_rows(self, model: Any, args: Any, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Return what the model is called with, without the rows, which are kept.

        Raises:
            DynamicsError: a training batch has none.
        """
        self._rows = given.pop(self.key, None)
        if self._rows is None and model.training:
            raise DynamicsError(
                f"A batch has no {self.key!r}. Let the data set give each sample's row under it, and set "
                "remove_unused_columns=False."
            )
        return args, given

    def _record(self, model: Any, args: Any, given: dict[str, Any], output: Any) -> None:
        """Record the batch that the model was called with; what it is called with between trainings is none."""
        if model.training:
            logits = output["logits"] if isinstance(output, dict) else output[0]
            self.recorder.record(self._epoch, self._rows, logits.detach())
