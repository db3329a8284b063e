"""The callbacks record in the real trainers what a plain loop around `Recorder` would."""

import numpy as np
import pytest
import torch

from coreset_engine import Recorder, load_run
from coreset_engine.errors import DynamicsError

pytestmark = pytest.mark.filterwarnings("ignore")  # what the trainers warn of is theirs
LABELS = np.arange(12) % 3
PIXELS = torch.from_numpy(np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32))


class Samples(torch.utils.data.Dataset):
    """Twelve samples with their rows."""

    def __init__(self, **left):
        self.left = left

    def __len__(self):
        return 12

    def __getitem__(self, row):
        return {"x": PIXELS[row], "labels": int(LABELS[row]), "index": row} | self.left


def fixed():
    """A model that no step changes: every epoch has the same logits."""
    torch.manual_seed(0)
    return torch.nn.Linear(4, 3)


def check(run):
    """The dynamics are those of the logits, worked by hand."""
    logits = fixed()(PIXELS).detach().numpy().astype(np.float64)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    norms = np.linalg.norm(p - np.eye(3)[LABELS], axis=1)
    np.testing.assert_allclose(load_run(run).error_norms, np.tile(norms, (2, 1)), atol=1e-5)


def test_lightning_records(cache, tmp_path):
    lightning = pytest.importorskip("lightning.pytorch")
    from coreset_engine.integrations import LightningRecorder

    class Module(lightning.LightningModule):
        def __init__(self, told=True):
            super().__init__()
            self.net, self.told = fixed(), told

        def training_step(self, batch):
            logits = self.net(batch["x"])
            loss = torch.nn.functional.cross_entropy(logits, batch["labels"])
            return {"loss": loss, "logits": logits, "index": batch["index"]} if self.told else loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.0)

    def fit(recorder, module):
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
        quiet |= {"logger": False, "accelerator": "cpu", "default_root_dir": tmp_path}
        trainer = lightning.Trainer(max_epochs=2, callbacks=[LightningRecorder(recorder)], **quiet)
        trainer.fit(module, torch.utils.data.DataLoader(Samples(), 5, shuffle=True))

    with Recorder("mine", labels=LABELS, classes=3, epochs=2) as recorder:
        fit(recorder, Module())
    check("mine")
    refused = pytest.raises(DynamicsError, match="returns no index and no logits")
    with Recorder("other", labels=LABELS, classes=3, epochs=2) as recorder, refused:
        fit(recorder, Module(told=False))


def test_the_trainer_of_hugging_face_records(cache, tmp_path):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    from coreset_engine.integrations import TrainerRecorder

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = fixed()

        def forward(self, x, labels=None):
            logits = self.net(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    def train(recorder, keep):
        given = transformers.TrainingArguments(
            output_dir=str(tmp_path / "out"), num_train_epochs=2, per_device_train_batch_size=5, learning_rate=0.0,
            remove_unused_columns=False, report_to=[], save_strategy="no", use_cpu=True, disable_tqdm=True,
        )  # fmt: skip
        listener = TrainerRecorder(recorder, key=keep)
        transformers.Trainer(Model(), given, train_dataset=Samples(), callbacks=[listener]).train()

    with Recorder("mine", labels=LABELS, classes=3, epochs=2) as recorder:
        train(recorder, "index")
    check("mine")
    refused = pytest.raises(DynamicsError, match="A batch has no 'row'")
    with Recorder("other", labels=LABELS, classes=3, epochs=2) as recorder, refused:
        train(recorder, "row")
