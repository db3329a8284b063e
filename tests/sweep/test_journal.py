"""The journal of a search: opened by Optuna itself, equal to the rows whatever was killed, and made anew where damaged."""

import math

import optuna
import pytest

from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import EngineError
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep import journal, search_files
from coreset_engine.sweep.candidates import Evidence, Trial

SPECS = [CoresetSpec("demo", "eva", {"early": early, "late": 11 + early}, rate=0.1) for early in (1, 2, 3)]
REQUEST = SweepRequest("demo", ("eva",), (0.1,), windows=("grid",), search="model")
VALUES = {Trial(0, 0, 20): 0.5, Trial(1, 0, 40): 0.7, Trial(2, 0, 40): math.nan, Trial(1, 1, 40): 0.6}


def evidence(values=VALUES):
    return Evidence(SPECS, 40, (0, 1), 10, dict(values), {trial: f"row {trial}" for trial in values})


def told(path):
    """What Optuna reads: every trial but for its time and number."""
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    study = optuna.load_study(study_name=None, storage=storage)
    return {
        tuple(one.user_attrs[name] for name in ("coreset", "seed", "epochs")):
        (one.state.name, one.value, one.intermediate_values, one.params["early"], one.user_attrs["row"])
        for one in study.trials
    }  # fmt: skip


@pytest.fixture
def path(cache):
    """The journal of a search that was carried out."""
    with journal.opened(REQUEST) as kept:
        known = evidence({})
        for trial, value in VALUES.items():
            known.values[trial], known.rows[trial] = value, f"row {trial}"
            kept.follow("lenet", known)
        kept.end()
    return search_files.path_of(REQUEST).with_suffix(".journal")


def test_optuna_itself_opens_it_and_knows_the_best(path):
    found = told(path)
    assert found == {
        (SPECS[0].to_text(), 0, 20): ("PRUNED", None, {20: 0.5}, 1, f"row {Trial(0, 0, 20)}"),
        (SPECS[1].to_text(), 0, 40): ("COMPLETE", 0.7, {}, 2, f"row {Trial(1, 0, 40)}"),
        (SPECS[2].to_text(), 0, 40): ("FAIL", None, {}, 3, f"row {Trial(2, 0, 40)}"),
        (SPECS[1].to_text(), 1, 40): ("COMPLETE", 0.6, {}, 2, f"row {Trial(1, 1, 40)}"),
    }
    (study,) = journal.studies(path).values()
    assert study.best_params["early"] == 2
    assert (study.best_value, study.user_attrs["metric"]) == (0.7, "val_acc_best")


def half_a_line(path):
    path.write_bytes(path.read_bytes()[:-7])


def rubbish(path):
    path.write_bytes(b"\x00rubbish\n" + path.read_bytes())


def missing(path):
    path.unlink()


def one_behind(path):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize("harm", [half_a_line, rubbish, missing, one_behind])
def test_a_search_that_goes_on_leaves_an_equal_study_whatever_was_killed_or_damaged(path, harm):
    before = told(path)
    harm(path)
    with journal.opened(REQUEST) as kept:
        kept.follow("lenet", evidence())
        kept.end()
    assert told(path) == before
    assert len(before) == 4


def test_where_journal_and_rows_differ_the_rows_are_right(path):
    changed = VALUES | {Trial(1, 0, 40): 0.65}
    del changed[Trial(1, 1, 40)]  # its row was deleted
    with journal.opened(REQUEST) as kept:
        kept.follow("lenet", evidence(changed))
        kept.end()
    found = told(path)
    assert len(found) == 3
    assert found[SPECS[1].to_text(), 0, 40][1] == 0.65


def test_of_two_processes_one_writes(path):
    with journal.opened(REQUEST) as first, journal.opened(REQUEST) as second:
        assert first is not None
        assert second is None


def test_verification_holds_it_against_the_rows(path):
    rows = {f"row {trial}": {"val_acc_best": value} for trial, value in VALUES.items()}
    assert journal.check(path, rows)
    rows[f"row {Trial(1, 0, 40)}"]["val_acc_best"] = 0.1
    with pytest.raises(EngineError, match="trial 1 is not what its result row says"):
        journal.check(path, rows)
    rubbish(path)
    with pytest.raises(EngineError, match="Delete it"):
        journal.check(path, rows)
