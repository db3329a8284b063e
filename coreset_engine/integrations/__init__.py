"""Coresets and recordings in the loops of others: PyTorch's samplers, Lightning's and Hugging Face's trainers."""

from typing import TYPE_CHECKING

from coreset_engine import lazy

if TYPE_CHECKING:
    from coreset_engine.integrations.hugging_face import TrainerRecorder
    from coreset_engine.integrations.lightning import LightningRecorder
    from coreset_engine.integrations.torch_data import CoresetSampler, coreset_subset

__all__ = ["CoresetSampler", "LightningRecorder", "TrainerRecorder", "coreset_subset"]

_ORIGINS = {"CoresetSampler": "torch_data", "coreset_subset": "torch_data"}
_ORIGINS |= {"LightningRecorder": "lightning", "TrainerRecorder": "hugging_face"}
__getattr__, __dir__ = lazy.attributes(__name__, _ORIGINS)
