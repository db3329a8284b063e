"""The command line: exit codes, one line on stderr for bad input, results on stdout that programs can read."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from coreset_engine import __main__, __version__, jobs, load_run, score, select, store
from coreset_engine.datasets.files import read_medmnist_file
from coreset_engine.errors import Interrupted

MAIN = [sys.executable, "-m", "coreset_engine"]


@pytest.fixture
def run(monkeypatch, capfd):
    """Run one command in this process; returns exit code, stdout and stderr."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["coreset_engine", *map(str, arguments)])
        monkeypatch.setattr(__main__, "_state", __main__._State())
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        return ended.value.code, *capfd.readouterr()

    yield command
    for number, handler in handlers.items():
        signal.signal(number, handler)


def strict(text):
    """Parse JSON as other languages do: without NaN."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def refused(result):
    """Check that a command ended with 2 and one line on stderr, and return the line."""
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("Error: ")
    assert "Traceback" not in err
    return err


def recording(file, *more, name="own", epochs=2):
    return ["record", "--dataset", file, "--architecture", "lenet", "--epochs", epochs, "--batch-size", 64, "--run",
            name, "--device", "cpu", *more]  # fmt: skip


def test_recording_ends_with_0_and_tells_every_epoch_on_stderr(run, phantom_file):
    code, out, err = run(*recording(phantom_file))
    assert code == 0
    assert "2 epochs of lenet" in out
    assert [line.split(",")[0] for line in err.splitlines()] == ["recording own: epoch 1/2", "recording own: epoch 2/2"]
    assert load_run("own").epochs == 2


def test_the_options_of_a_recording_reach_its_recipe(run, phantom_file, cache):
    run(*recording(phantom_file, "--lr", 0.03, "--warmup", 0, "--seed", 5, "--probabilities", "float16", "--augment"))
    info = store.RunFile(cache / "runs" / "own").info
    assert (info.seed, info.probabilities) == (5, "float16")
    expected = {"epochs": 2, "batch_size": 64, "learning_rate": 0.03, "warmup": 0.0, "augment": True}
    assert {name: info.recipe[name] for name in expected} == expected


def test_the_same_seed_records_the_same_bytes(run, phantom_file):
    for name in ("a", "b"):
        run(*recording(phantom_file, name=name))
    assert load_run("a").loss.tobytes() == load_run("b").loss.tobytes()


BAD_RECORDINGS = {
    "a name that is no name": (["--run", "../x"], "can't be a run name"),
    "an unknown architecture": (["--architecture", "alexnet"], "no architecture 'alexnet'"),
    "a file that is not there": (["--dataset", "/none.npz"], "no file /none.npz"),
    "an unknown data set": (["--dataset", "organmnist"], "no data set 'organmnist'"),
    "no epochs": (["--epochs", "0"], "epochs=0"),
    "a rate of 0": (["--lr", "0"], "learning_rate=0"),
    "a rate that is no number": (["--lr", "nan"], "learning_rate=nan"),
    "an empty batch": (["--batch-size", "0"], "batch_size=0"),
    "a size the file has not": (["--size", "64"], "leave out the size"),
    "text for a number": (["--epochs", "many"], "not a valid integer"),
    "an unknown option": (["--speed", "9"], "No such option"),
}


@pytest.mark.parametrize("case", BAD_RECORDINGS)
def test_a_bad_recording_is_one_line_and_leaves_no_run(run, phantom_file, cache, case):
    given, message = BAD_RECORDINGS[case]
    assert message in refused(run(*recording(phantom_file), *given))
    assert store.run_names() == []


def test_a_recording_without_a_data_set_says_so(run):
    assert "--dataset is missing" in refused(run("record", "--run", "own"))


def test_a_run_is_not_recorded_twice(run, recorded, phantom_file):
    assert "exists already" in refused(run(*recording(phantom_file, name="tiny")))


BAD_COMMANDS = {
    "an unknown command": (["fly"], "No such command"),
    "a missing option": (["score", "tiny", "--method", "eva"], "--out"),
    "a missing argument": (["verify"], "RUN"),
    "an unknown run": (["verify", "nothing"], "no run at"),
    "an unknown method": (["score", "tiny", "--method", "evil", "--out", "a.csv"], "no scoring method 'evil'"),
    "an unknown rule": (["select", "tiny", "--method", "el2n", "--rate", 0.1, "--rule", "odd", "--out", "a.csv"], "'odd'"),
    "a window past the end": (
        ["score", "tiny", "--method", "eva", "--early", 1, "--late", 9, "--length", 2, "--out", "a.csv"], "run",
    ),
    "a rate above 1": (["select", "tiny", "--method", "aum", "--rate", 1.5, "--out", "a.csv"], "1.5"),
    "a rate that is no number": (["select", "tiny", "--method", "aum", "--rate", "nan", "--out", "a.csv"], "nan"),
    "an unknown ending": (["select", "tiny", "--method", "aum", "--rate", 0.1, "--out", "a.xls"], "'xls'"),
    "an option without a value": (["score", "tiny", "--method", "el2n", "--option", "epochs", "--out", "a.csv"], "no value"),
    "an unknown option of a method": (["score", "tiny", "--method", "el2n", "--option", "x=1", "--out", "a.csv"], "'x'"),
    "a folder that is a file": (["score", "tiny", "--method", "aum", "--out", "/dev/null/a.csv"], "can't be written"),
    "an unknown job": (["jobs", "cancel", "7"], "no job 7"),
    "a file that is not there": (["import", "/none.npz", "--run", "x"], "no file"),
    "an impossible estimate": (["estimate", "--dataset", "demo", "--architecture", "lenet", "--epochs", 0], "epochs=0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_COMMANDS)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(run, recorded, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given, message = BAD_COMMANDS[case]
    assert message in refused(run(*given))
    assert not list(tmp_path.glob("a.*"))


def test_without_a_command_the_help_is_shown(run):
    code, out, err = run()
    assert code == 2
    assert "record" in out + err


@pytest.mark.parametrize("command", ["", "record", "score", "select", "retrain", "jobs", "results"])
def test_help_ends_with_0(run, command):
    code, out, _ = run(*[command] * bool(command), "--help")
    assert code == 0
    assert "Usage:" in out


def test_the_version_is_told(run):
    assert run("--version")[:2] == (0, f"coreset_engine, version {__version__}\n")


def test_datasets_as_json_are_every_set_by_name(run):
    code, out, _ = run("datasets", "--json")
    rows = {row["dataset"]: row for row in strict(out)}
    assert code == 0
    assert {"demo", "organsmnist", "chestmnist", "cifar10"} <= set(rows)
    assert (rows["chestmnist"]["task"], rows["chestmnist"]["classes"]) == ("multi-label, binary-class", 14)


def test_loading_a_data_set_tells_its_hash(run, phantom_file):
    code, out, _ = run("datasets", "--load", phantom_file)
    assert code == 0
    assert "11 classes" in out
    assert strict(run("datasets", "--json")[1])[-1]["cached"] == ["phantom"]


def test_runs_as_json_are_every_run(run, recorded):
    (row,) = strict(run("runs", "--json")[1])
    assert (row["run"], row["epochs_done"], row["samples"], row["problem"]) == ("tiny", 5, 200, "")


def test_runs_as_json_hold_null_where_nothing_was_measured(run, tmp_path):
    np.savez(tmp_path / "f.npz", logits=np.zeros((2, 3, 2), np.float32), labels=[0, 1, 1])
    run("import", tmp_path / "f.npz", "--run", "foreign")
    (row,) = strict(run("runs", "--json")[1])
    assert row["val_accuracy"] is None


def test_a_damaged_run_is_listed_with_its_problem(run, recorded):
    (recorded / "dynamics.h5").write_bytes(b"x")
    code, out, _ = run("runs")
    assert code == 0
    assert "can't be read" in out


def test_an_import_is_told(run, tmp_path):
    np.savez(tmp_path / "f.npz", logits=np.zeros((2, 3, 2), np.float32), labels=[0, 1, 1])
    assert run("import", tmp_path / "f.npz", "--run", "foreign")[:2] == (
        0, "2 epochs of 3 samples imported as 'foreign'.\n",
    )  # fmt: skip


def test_a_whole_run_is_verified(run, recorded):
    assert run("verify", "tiny")[:2] == (0, "tiny: 5 of 5 epochs recorded, all of them whole.\n")


def test_a_damaged_epoch_is_named_with_exit_code_2(run, recorded):
    import h5py

    with h5py.File(recorded / "dynamics.h5", "r") as file:
        at = file["epochs/loss"].id.get_offset() + 3 * 200 * 4
    with open(recorded / "dynamics.h5", "r+b") as file:
        file.seek(at)
        file.write(b"\x01\x02\x03\x04")
    assert "damaged epochs: 4." in refused(run("verify", "tiny"))


def test_methods_as_json_are_scores_and_rules_with_their_sources(run):
    rows = strict(run("methods", "--json")[1])
    names = {kind: {row["name"] for row in rows if row["kind"] == kind} for kind in ("method", "rule")}
    assert {"eva", "el2n", "aum", "forgetting", "random"} <= names["method"]
    assert {"top", "balanced", "ccs", "middle"} <= names["rule"]
    assert all(row["source"] for row in rows if row["kind"] == "method")


def test_scores_are_one_line_a_sample(run, recorded, tmp_path):
    out = tmp_path / "s.csv"
    code, _, _ = run("score", "tiny", "--method", "eva", "--early", 1, "--late", 3, "--length", 2, "--out", out)
    rows = list(csv.reader(io.StringIO(out.read_text())))
    dynamics = load_run("tiny")
    assert (code, rows[0], len(rows)) == (0, ["sample", "label", "score"], 201)
    assert [int(row[0]) for row in rows[1:]] == list(range(200))
    assert [int(row[1]) for row in rows[1:]] == dynamics.labels.tolist()
    assert [float(row[2]) for row in rows[1:]] == score(dynamics, "eva", early=1, late=3, length=2).tolist()


@pytest.fixture
def coreset(recorded):
    """What `select --method el2n --rate 0.1` must give."""
    return select(load_run("tiny"), method="el2n", rate=0.1, epochs=3)


def selected(run, out):
    return run("select", "tiny", "--method", "el2n", "--rate", 0.1, "--option", "epochs=3", "--out", out)


def test_a_coreset_as_csv_lists_rows_with_labels_and_scores(run, coreset, tmp_path):
    assert selected(run, tmp_path / "c.csv")[0] == 0
    lines = (tmp_path / "c.csv").read_text().splitlines()
    manifest, rows = json.loads(lines[0].removeprefix("# ")), list(csv.DictReader(lines[1:]))
    assert (manifest["method"], manifest["rate"], manifest["samples_kept"]) == ("el2n", 0.1, 20)
    assert sorted(int(row["index"]) for row in rows) == coreset.tolist()
    dynamics = load_run("tiny")
    values = score(dynamics, "el2n", epochs=3)
    for row in rows:
        assert int(row["label"]) == dynamics.labels[int(row["index"])]
        assert float(row["score"]) == pytest.approx(values[int(row["index"])])


def test_a_coreset_as_json_holds_its_rows(run, coreset, tmp_path):
    assert selected(run, tmp_path / "c.json")[0] == 0
    assert strict((tmp_path / "c.json").read_text())["indices"] == coreset.tolist()


def test_a_coreset_as_npy_is_its_rows(run, coreset, tmp_path):
    assert selected(run, tmp_path / "c.npy")[0] == 0
    found = np.load(tmp_path / "c.npy")
    assert (found.tolist(), found.dtype) == (coreset.tolist(), np.int64)


def test_a_coreset_as_npz_is_a_medmnist_file_of_the_kept_images(run, coreset, tmp_path, phantom_file):
    assert selected(run, tmp_path / "c.npz")[0] == 0
    found = read_medmnist_file(tmp_path / "c.npz") if len(set(load_run("tiny").labels[coreset])) == 11 else None
    with np.load(tmp_path / "c.npz") as kept, np.load(phantom_file) as file:
        np.testing.assert_array_equal(kept["train_images"], file["train_images"][coreset])
        np.testing.assert_array_equal(kept["train_labels"], file["train_labels"][coreset])
        np.testing.assert_array_equal(kept["test_images"], file["test_images"])
        np.testing.assert_array_equal(kept["train_indices"], coreset)
    assert found is None or found.classes == 11


def test_lists_may_be_given_in_one_go(run, recorded):
    code, out, _ = run(
        "retrain", "tiny", "--method", "aum", "random", "--rate", 0.1, 0.2, "--seeds", 0, 1, 2, "--epochs", 1,
        "--device", "cpu",
    )  # fmt: skip
    assert code == 0
    assert len(out.splitlines()) == 2 * 2 * 3
    rows = [row for row in strict(run("results", "--json")[1]) if row["method"] != "full"]
    assert {(row["method"], row["rate"], row["seed"]) for row in rows} == {
        (method, rate, seed) for method in ("aum", "random") for rate in (0.1, 0.2) for seed in (0, 1, 2)
    }


def test_a_list_and_a_repeated_option_mean_the_same(run, recorded):
    asked = ["retrain", "tiny", "--method", "random", "--rate", 0.1, "--epochs", 1, "--device", "cpu"]
    run(*asked, "--seeds", 0, 1)
    before = strict(run("results", "--json")[1])
    run(*asked, "--seeds", 0, "--seeds", 1)
    assert strict(run("results", "--json")[1]) == before


def test_results_as_csv_have_one_line_a_row(run, recorded):
    run("retrain", "tiny", "--method", "random", "--rate", 0.1, "--epochs", 1, "--device", "cpu")
    rows = list(csv.DictReader(io.StringIO(run("results", "--csv")[1])))
    assert [row["method"] for row in rows] == ["full", "random"]
    assert float(rows[1]["rate"]) == 0.1


def test_results_as_a_table_have_a_mean_and_a_count(run, recorded):
    code, out, _ = run("results")
    assert code == 0
    assert out.splitlines()[0].split()[:4] == ["data", "architecture", "epochs", "label"]


@pytest.mark.parametrize("command", ["runs", "results", "jobs", "datasets", "methods"])
def test_lists_work_on_an_empty_cache(run, command):
    assert run(command)[0] == 0
    assert isinstance(strict(run(command, "--json")[1]), list)


def test_an_estimate_is_json(run, phantom_file):
    code, out, _ = run(
        "estimate", "--dataset", phantom_file, "--architecture", "lenet", "--epochs", 3, "--device", "cpu"
    )
    assert code == 0
    assert strict(out)["seconds"] > 0


def test_the_cache_can_be_chosen_for_one_command(run, recorded, tmp_path):
    shutil.copytree(recorded.parent.parent, tmp_path / "elsewhere")
    shutil.rmtree(recorded)
    (row,) = strict(run("--cache", tmp_path / "elsewhere", "runs", "--json")[1])
    assert row["run"] == "tiny"
    os.environ["CORESET_CACHE"] = str(recorded.parent.parent)


def test_a_defect_is_a_traceback_and_exit_code_1():
    code = (
        "import sys, coreset_engine.__main__ as m; m.store.run_names = lambda: 1 / 0; sys.argv[1:] = ['runs']; m.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, "ZeroDivisionError" in done.stderr) == (1, True)


def test_an_interrupt_ends_with_130_after_the_epoch_and_can_be_resumed(phantom_file):
    arguments = [*MAIN, *map(str, recording(phantom_file, epochs=50_000))]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    done = store.verify("own")["epochs_done"]
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == f"Interrupted: stopped after epoch {done} of 50000."
    assert "Traceback" not in err
    seen = []
    with pytest.raises(Interrupted):
        jobs.record(jobs.Recording.of_run("own"), resume=True, watch=seen.append, should_stop=lambda: True)
    assert seen[0].epoch == done + 1


def test_a_second_interrupt_ends_at_once(tmp_path):
    # an epoch that never ends
    code = (
        "import time, sys, coreset_engine.__main__ as m\n"
        "def record(*a, **k):\n    print('begun', flush=True); time.sleep(60)\n"
        "m.jobs.record = record; sys.argv[1:] = ['record', '--run', 'a', '--dataset', 'demo']; m.main()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert "once more" in process.stderr.readline()
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 10
