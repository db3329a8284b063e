"""What a search tells while it runs, on a pool whose trainings take no time and reach what is written here."""

from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep import search
from coreset_engine.sweep.pool import Outcome
from coreset_engine.sweep.search import Search

EPOCHS = 40
REQUEST = SweepRequest("tiny", ("eva",), (0.1,), windows=("grid",), lengths=(10,), training_seeds=(0, 1), step=5,
                       search="halving")  # fmt: skip


class Pool:
    """Two workers; a training reaches more the longer it is and the earlier its late window begins."""

    count = 2

    def __init__(self):
        self.asked = []

    def train(self, items, *, watch, should_stop, note):
        for item in items:
            self.asked.append((item, note["found_by"]))
            late = item.spec.options.get("late", 0)
            value = 0.5 + (item.epochs or EPOCHS) / 100 - late / 1000 + item.seed / 100
            yield Outcome(item, {"val_acc_best": value, "test_acc_best_val": value})


def carried_out(trying=lambda left: None):
    """The search with its pool and what it told."""
    pool, found = Pool(), Search(REQUEST, EPOCHS, "lenet")
    return found, pool, list(found.run(pool, pool.count, trying=trying))


def test_before_a_training_of_full_length_the_best_is_that_of_the_longest_short_ones():
    begun, pool, states = carried_out()
    # a budget of 8 bears 8 of 15 pairs at 10 epochs and 3 at 40 with both seeds; before the first rung nothing is told
    assert sum(item.epochs == 10 for item, _ in pool.asked) == 8
    assert [state.short for state in states] == [10, 0]
    late = min(spec.options["late"] for spec in begun.groups[0][1].candidates)
    assert {state.best.options["late"] for state in states} == {late}
    assert states[0].val.mean == 0.5 + 10 / 100 - late / 1000
    assert (states[0].val.n, states[0].test) == (1, None)
    assert search.SearchState.from_dict(states[0].to_dict()).short == 10


def test_what_a_round_has_yet_to_train_is_told_in_order_until_nothing_is_left():
    told = []
    _, pool, _ = carried_out(told.append)
    first = sum(item.epochs == 10 for item, _ in pool.asked)
    assert [len(left) for left in told[: first + 1]] == list(range(first, -1, -1))
    assert told[0] == [item.spec for item, _ in pool.asked[:first]]
    assert told[-1] == []


def test_a_winner_is_confirmed_further_by_the_trainings_that_confirmed_it():
    _, pool, states = carried_out()
    confirming = {item for item, by in pool.asked if by == "confirmation"}
    again = search.confirmation(REQUEST, states[-1], search.fresh_seeds(REQUEST)).retrainings()
    assert {(item.spec, item.seed, item.architecture) for item in again} == {
        (item.spec, item.seed, item.architecture) for item in confirming
    }
    assert {item.seed for item in again} == {2, 3, 4}
