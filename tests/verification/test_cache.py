"""What is kept is what was written: every kind of file is checked, and mended where that is safe."""

import json
import shutil
import sqlite3
from contextlib import closing

import h5py
import pytest

from coreset_engine import named_json, results, store, verification
from coreset_engine.datasets import library, locked
from coreset_engine.errors import DatasetError, EngineError, RunError
from coreset_engine.executors import table, turns
from coreset_engine.store import exclusions
from coreset_engine.training import checkpoints, weights
from tests.damage import flip, offset_of, without_sum


def states(findings):
    """The state of each kind of file; one state a kind."""
    return {finding.kind: finding.state for finding in findings}


def change(path, statement, *values):
    """Change a database behind the program's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def test_everything_that_was_just_written_is_whole(recorded):
    found = verification.verify_all()
    assert states(found) == dict.fromkeys(("run.json", "dynamics", "snapshot", "weights", "images", "results"), "whole")


@pytest.mark.parametrize(
    ("file", "kind"), [("run.json", "run.json"), ("dynamics.h5", "dynamics"), ("model.safetensors", "weights")]
)
def test_one_changed_bit_in_a_run_is_told_of_the_file_it_is_in(recorded, file, kind):
    at = (
        offset_of(recorded / file, "epochs/val_loss") + 3
        if kind == "dynamics"
        else (recorded / file).stat().st_size - 9
    )
    flip(recorded / file, at)
    assert states(verification.verify_run("tiny"))[kind] == "damaged"


def test_a_changed_feature_is_refused_where_it_is_read(recorded):
    flip(recorded / "snapshot.h5", offset_of(recorded / "snapshot.h5", "features") + 1)
    with pytest.raises(RunError, match="features do not match their checksum"):
        store.read_snapshot(recorded)


@pytest.mark.parametrize("place", [40, -3])
def test_changed_weights_are_one_sentence(recorded, place):
    size = (recorded / weights.FILE_NAME).stat().st_size
    flip(recorded / weights.FILE_NAME, place % size)
    with pytest.raises(RunError, match=r"weights .* can't be read"):
        weights.read(recorded)


def test_weights_from_before_there_were_sums_are_read_and_said_to_be_unchecked(recorded):
    import torch
    from safetensors.torch import save

    kept = weights.read(recorded)
    (recorded / weights.FILE_NAME).write_bytes(save(kept))
    assert states(verification.verify_run("tiny"))["weights"] == "unchecked"
    assert all(torch.equal(kept[name], values) for name, values in weights.read(recorded).items())


def test_a_changed_checkpoint_is_refused(tmp_path):
    import torch

    checkpoints.write(tmp_path / "checkpoint.pt", {"weight": torch.arange(1000.0)})
    flip(tmp_path / "checkpoint.pt", (tmp_path / "checkpoint.pt").stat().st_size // 2)
    with pytest.raises(RunError, match="does not match its checksum"):
        checkpoints.read(tmp_path / "checkpoint.pt", torch.device("cpu"))


@pytest.mark.parametrize("name", ["test_images.npy", "val_labels.npy"])
def test_changed_val_and_test_arrays_are_refused(recorded, name):
    (path,) = recorded.parent.parent.glob(f"datasets/*/{name}")
    flip(path, path.stat().st_size - 8)
    info = store.RunFile(recorded).info
    with pytest.raises(DatasetError, match=f"{name}: not what was written"):
        library.cached(info.dataset, info.dataset_sha256)


def test_damaged_images_are_loaded_again_from_an_unchanged_source_and_only_then(recorded, phantom_file):
    (path,) = recorded.parent.parent.glob("datasets/*/test_images.npy")
    before = path.read_bytes()
    flip(path, len(before) - 8)
    assert states(verification.verify_all())["images"] == "damaged"
    assert states(verification.verify_all(mend=True))["images"] == "mended"
    assert path.read_bytes() == before


def test_images_whose_mending_was_killed_are_found_and_mended_by_the_next(recorded, monkeypatch):
    (path,) = recorded.parent.parent.glob("datasets/*/test_images.npy")
    before = path.read_bytes()
    flip(path, len(before) - 8)
    aside = path.parent.with_name(f".damaged-{path.parent.name}")
    path.parent.rename(aside)
    with locked(aside):  # another process is still at work
        assert "images" not in states(verification.verify_all(mend=True))
    assert states(verification.verify_all(mend=True))["images"] == "mended"
    assert path.read_bytes() == before
    shutil.copytree(path.parent, aside)  # killed when the images had been loaded
    assert states(verification.verify_all(mend=True))["images"] == "whole"
    assert not aside.exists()


def test_damaged_images_without_their_source_stay_as_they_are(recorded, tmp_path):
    (path,) = recorded.parent.parent.glob("datasets/*/test_images.npy")
    content, _ = named_json.unsealed(path.parent / "dataset.json")
    (path.parent / "dataset.json").write_bytes(named_json.sealed(content | {"spec": str(tmp_path / "gone.npz")}))
    flip(path, path.stat().st_size - 8)
    damaged = path.read_bytes()
    assert states(verification.verify_all(mend=True))["images"] == "damaged"
    assert path.read_bytes() == damaged


def test_a_damaged_result_row_hides_only_itself(recorded):
    (row,) = results.rows()
    more = {
        name: value for name, value in row.items() if name in ("method", "options", "rule", "rate", "dataset", "recipe")
    }
    results.append(more | {"seed": 8}, {"val_acc_best": 0.5})
    change(results.path(), "UPDATE results SET metrics = replace(metrics, '0.5', '0.7') WHERE key != ?", row["key"])
    assert [kept["key"] for kept in results.rows()] == [row["key"]]
    assert "1 result row does not match its checksum" in results.problems()[0]
    assert states(verification.verify_all())["results"] == "damaged"


def test_a_result_row_that_is_no_text_hides_only_itself(recorded):
    change(results.path(), "UPDATE results SET config = x'ff00'")
    assert results.rows() == []
    assert len(results.problems()) == 1


def test_result_rows_from_before_there_were_sums_are_read_and_said_to_be_unchecked(recorded):
    change(results.path(), "UPDATE results SET sum = NULL")
    assert len(results.rows()) == 1
    assert states(verification.verify_all())["results"] == "unchecked"


def test_a_results_file_of_no_bytes_is_not_no_results(recorded, monkeypatch):
    monkeypatch.setattr(store.database, "_NEW", 0.05)
    for path in results.path().parent.glob("results.db*"):
        path.write_bytes(b"")
    with pytest.raises(EngineError, match=r"results\.db is empty \(0 bytes\)"):
        results.rows()


def test_a_damaged_job_hides_only_itself_and_stays_damaged_when_it_is_written_to(cache):
    for title in ("one", "two"):
        with table.entering("local", ["runs"], title):
            pass
    change(table.table_path(), "UPDATE jobs SET arguments = '[\"demo\"]' WHERE id = 1")
    table.write(1, progress=0.5)
    table.write(2, progress=0.5)
    assert [(job.id, job.progress) for job in table.rows()] == [(2, 0.5)]
    assert "1 job does not match its checksum and is left out (1)." in table.problems()[0]


def test_a_changed_row_of_an_exclusion_is_refused_and_an_old_file_is_unchecked(cache):
    exclusions.save("wrong", [3, 6], dataset="blood", dataset_sha256="ab" * 32, samples=10)
    (path,) = cache.glob("exclusions/*/wrong.json")
    text = path.read_text()
    path.write_text(text.replace(" 6\n", " 7\n"))
    with pytest.raises(DatasetError, match="does not match its checksum"):
        exclusions.load("ab" * 32, "wrong")
    path.write_text(text)
    without_sum(path)
    assert exclusions.load("ab" * 32, "wrong").rows == (3, 6)
    assert states(verification.verify_all())["exclusion"] == "unchecked"


def test_a_sum_under_another_name_is_damage_and_no_old_file(recorded):
    path = recorded / "run.json"
    path.write_text(path.read_text().replace('"sum"', '"sun"'))
    with pytest.raises(RunError, match="its checksum stands under the name 'sun'"):
        store.read_request(recorded)


def test_findings_are_told_as_json_and_damage_ends_with_2(recorded, cache):
    from click.testing import CliRunner

    from coreset_engine.__main__ import cli

    flip(recorded / "snapshot.h5", offset_of(recorded / "snapshot.h5", "features") + 1)
    done = CliRunner().invoke(cli, ["verify", "--all", "--json"])
    found = {row["kind"]: row["state"] for row in json.loads(done.stdout)}
    assert (found["snapshot"], found["dynamics"]) == ("damaged", "whole")
    assert isinstance(done.exception, EngineError)


def test_a_lost_flag_of_a_whole_run_is_told_and_its_epoch_counts(recorded, capsys):
    from coreset_engine.__main__ import cli

    flip(recorded / "dynamics.h5", offset_of(recorded / "dynamics.h5", "epochs/done") + 4)
    said = "tiny: 1 epoch has lost the flag of being whole (5), but matches its checksums and is counted as whole."
    (found,) = [one for one in verification.verify_run("tiny") if one.kind == "dynamics"]
    assert (found.state, found.detail) == ("whole", said)
    cli.main(["verify", "tiny"], standalone_mode=False)
    assert capsys.readouterr().out == f"{said}\ntiny: 5 of 5 epochs recorded, all of them whole.\n"


def test_a_changed_search_is_damaged_and_hides_only_itself(cache):
    folder = cache / "searches"
    folder.mkdir(parents=True)
    plain = {"format": "coreset-search", "version": 1, "argv": [], "found": []}
    (folder / "whole.json").write_bytes(named_json.sealed(plain))
    (folder / "odd.json").write_bytes(named_json.sealed(plain).replace(b'"found": []', b'"found": {}'))
    found = {finding.path: finding.state for finding in verification.verify_all()}
    assert found == {"searches/odd.json": "damaged", "searches/whole.json": "whole"}


@pytest.mark.parametrize("name", ["labels", "logits"])
def test_an_array_of_a_snapshot_that_is_said_to_have_another_byte_order_is_refused(recorded, name):
    with h5py.File(recorded / "snapshot.h5", "r+") as file:
        values = file[name][()]
        del file[name]
        file[name] = values.view(values.dtype.newbyteorder())  # the same bytes, which then mean other numbers
    with pytest.raises(RunError, match=f"{name} do not match their checksum"):
        store.read_snapshot(recorded)


def test_a_damaged_flag_of_the_queue_is_told(cache):
    turns.pause_all(True)
    assert states(verification.verify_all()) == {"jobs": "whole"}
    change(table.table_path(), "UPDATE flags SET value = 0")
    (found,) = verification.verify_all()
    assert found.state == "damaged"
    assert "whether the queue is paused does not match its checksum" in found.detail
