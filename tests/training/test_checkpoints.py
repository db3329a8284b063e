"""Checkpoints: of the same training or refused, whole or told; nothing in one is run."""

import pytest
import torch

from coreset_engine.errors import Interrupted, RunError


def test_a_checkpoint_of_another_recipe_or_seed_is_refused(trainer, recipe, cache):
    path = cache / "c.pt"
    cache.mkdir()
    with pytest.raises(Interrupted):
        trainer(checkpoint=path, should_stop=lambda: True).run()
    for other in ({"given": recipe(epochs=6)}, {"seed": 4}):
        with pytest.raises(RunError, match="another recipe or seed"):
            trainer(checkpoint=path, **other).run()


@pytest.mark.parametrize("damage", ["garbage", "empty", "cut", "list"])
def test_a_damaged_checkpoint_is_a_sentence(trainer, recipe, cache, damage):
    path = cache / "c.pt"
    cache.mkdir()
    with pytest.raises(Interrupted):
        trainer(checkpoint=path, should_stop=lambda: True).run()
    whole = path.read_bytes()
    path.write_bytes({"garbage": b"no checkpoint", "empty": b"", "cut": whole[: len(whole) // 2], "list": b""}[damage])
    if damage == "list":
        torch.save([1, 2], path)
    with pytest.raises(RunError, match="Delete it to start from epoch 1"):
        trainer(checkpoint=path).run()


def test_a_checkpoint_that_runs_code_is_refused(trainer, recipe, cache):
    class Bomb:
        def __reduce__(self):
            return (open, (str(cache / "exploded"), "w"))

    cache.mkdir()
    torch.save({"asked": Bomb()}, cache / "c.pt")
    with pytest.raises(RunError):
        trainer(checkpoint=cache / "c.pt").run()
    assert not (cache / "exploded").exists()


def test_a_checkpoint_that_can_not_be_written_is_a_sentence_and_leaves_no_part(trainer, recipe, cache):
    (cache / "c.pt").mkdir(parents=True)  # a folder is in its place
    (cache / "c.pt" / "x").touch()
    with pytest.raises(RunError, match="can't be written"):
        trainer(checkpoint=cache / "c.pt", should_stop=lambda: True).run()
    assert not list(cache.glob("*.part"))
