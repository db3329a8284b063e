"""read_foreign: dynamics that nobody vouches for are read when they are whole, and refused with a sentence else."""

import io
import pickle
import zipfile

import h5py
import numpy as np
import pytest

from coreset_engine.errors import DynamicsError, EngineError, RunError
from coreset_engine.store import read_foreign, read_signal

LABELS = np.array([0, 1, 2, 1])


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(size=(3, 4, 3)).astype(np.float32)


def save_h5(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values
    return path


def save_npz(path, **arrays):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("save", [save_npz, save_h5])
def test_logits_give_the_margins_of_their_softmax(tmp_path, logits, save):
    path = save(tmp_path / ("a.npz" if save is save_npz else "a.h5"), labels=LABELS, logits=logits)
    dynamics = read_foreign(path)
    p = np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum(axis=2, keepdims=True)
    for epoch in range(3):
        for sample, label in enumerate(LABELS):
            others = np.delete(p[epoch, sample], label)
            assert dynamics.margin[epoch, sample] == pytest.approx(p[epoch, sample, label] - others.max(), abs=1e-6)


def test_probabilities_are_taken_as_they_are(tmp_path):
    given = np.array([[[0.5, 0.25, 0.25], [0.2, 0.8, 0.0], [0.1, 0.1, 0.8], [1.0, 0.0, 0.0]]])
    dynamics = read_foreign(save_npz(tmp_path / "a.npz", labels=LABELS, probabilities=given))
    np.testing.assert_allclose(dynamics.target_probability, [[0.5, 0.8, 0.8, 0.0]], atol=1e-7)


def test_the_run_is_named_after_the_file(tmp_path, logits):
    assert read_foreign(save_npz(tmp_path / "mine.npz", labels=LABELS, logits=logits)).name == "mine"


def test_a_column_of_labels_is_read_as_classes(tmp_path, logits):
    dynamics = read_foreign(save_npz(tmp_path / "a.npz", labels=LABELS[:, None], logits=logits))
    np.testing.assert_array_equal(dynamics.labels, LABELS)


def test_gzip_is_allowed_in_hdf5(tmp_path, logits):
    path = save_h5(tmp_path / "a.h5", labels=LABELS)
    with h5py.File(path, "a") as file:
        file.create_dataset("logits", data=logits, compression="gzip", shuffle=True, fletcher32=True)
    assert read_foreign(path).epochs == 3


@pytest.mark.parametrize("members", [("labels",), ("logits",), ("labels", "logits", "probabilities"), ("other",)])
@pytest.mark.parametrize("save", [save_npz, save_h5])
def test_a_wrong_set_of_members_says_what_is_needed(tmp_path, logits, members, save):
    path = tmp_path / ("a.npz" if save is save_npz else "a.h5")
    save(path, **{name: LABELS if name == "labels" else logits for name in members})
    with pytest.raises(RunError, match="needs `labels`"):
        read_foreign(path)


def test_another_ending_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("1,2")
    with pytest.raises(RunError, match=r"neither \.npz nor \.h5"):
        read_foreign(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(EngineError, match=f"no file .*{name}"):
        read_foreign(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
def test_a_folder_under_the_name_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(EngineError, match="no regular file"):
        read_foreign(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", pickle.dumps([1])])
def test_a_file_of_another_kind_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EngineError, match=r"(?i)can't be read|no readable|damaged"):
        read_foreign(tmp_path / name)


def test_lengths_that_disagree_are_named(tmp_path, logits):
    with pytest.raises(DynamicsError, match="3 labels but outputs of 4 samples"):
        read_foreign(save_npz(tmp_path / "a.npz", labels=LABELS[:3], logits=logits))


def test_a_label_outside_the_classes_is_named(tmp_path, logits):
    with pytest.raises(DynamicsError, match="row 3 has 3"):
        read_foreign(save_npz(tmp_path / "a.npz", labels=[0, 1, 2, 3], logits=logits))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_logit_that_is_not_finite_is_refused(tmp_path, logits, bad):
    logits[1, 2, 0] = bad
    with pytest.raises(DynamicsError, match="sample 2"):
        read_foreign(save_npz(tmp_path / "a.npz", labels=LABELS, logits=logits))


def test_numbers_beyond_float32_are_refused(tmp_path, logits):
    labels = np.zeros(logits.shape[1], int)
    save_npz(
        tmp_path / "large.npz", labels=labels, logits=logits.astype(np.float64) * 1e300, loss=np.full((2, 3), 1e39)
    )
    with pytest.raises(DynamicsError, match="NaN or infinite in float32 in epoch 1"):
        read_foreign(tmp_path / "large.npz")
    with pytest.raises(RunError, match=r"loss is 1e\+39 for sample 0 in epoch 1"):
        read_signal(tmp_path / "large.npz", "loss")


@pytest.mark.parametrize(("name", "told"), [("a.csv", "neither .npz nor .h5. Save `loss`"), ("a.pt", "is a pickle")])
def test_a_signal_in_another_kind_of_file_is_refused(tmp_path, name, told):
    (tmp_path / name).write_text("1,2")
    with pytest.raises(RunError, match=told):
        read_signal(tmp_path / name, "loss")


@pytest.mark.parametrize(
    ("second", "labels", "told"),
    [
        ((3, 4), [0, 1, 1], "1_Output.npy has 4 classes, 0_Output.npy 2"),
        ((3, 2), 1, "labels.npy in .* is a single value"),
    ],
)
def test_files_of_tdds_that_do_not_fit_are_named(tmp_path, second, labels, told):
    for epoch, shape in enumerate(((3, 2), second)):
        np.save(tmp_path / f"{epoch}_Output.npy", np.zeros(shape, np.float32))
        np.save(tmp_path / f"{epoch}_Index.npy", np.arange(3))
    np.save(tmp_path / "labels.npy", labels)
    with pytest.raises(RunError, match=told):
        read_foreign(tmp_path)


def test_rows_that_are_no_probabilities_are_refused(tmp_path, logits):
    with pytest.raises(DynamicsError, match="no probabilities"):
        read_foreign(save_npz(tmp_path / "a.npz", labels=LABELS, probabilities=logits))


def test_whole_numbers_are_no_outputs(tmp_path):
    with pytest.raises(DynamicsError, match="floating-point"):
        read_foreign(save_npz(tmp_path / "a.npz", labels=LABELS, logits=np.zeros((3, 4, 3), int)))


def test_python_objects_in_an_npz_are_never_unpickled(tmp_path, logits):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    np.savez(tmp_path / "a.npz", labels=np.array([Bomb()] * 4, object), logits=logits)
    with pytest.raises(EngineError, match=r"refused|can't|no readable"):
        read_foreign(tmp_path / "a.npz")
    assert not (tmp_path / "exploded").exists()


def test_a_header_that_declares_more_than_the_member_holds_is_refused(tmp_path, logits):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**5, 10**5, 3)})
    np.savez(tmp_path / "a.npz", labels=LABELS)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("logits.npy", header.getvalue())
    with pytest.raises(EngineError, match="declares shape"):
        read_foreign(tmp_path / "a.npz")


def _declares_too_much(file):
    file.create_dataset("logits", (10**5, 10**4, 3), "<f4")


def _repeats_zeros(file):
    file.create_dataset("logits", (300, 10**5, 3), "<f4", chunks=(300, 10**4, 3), compression="gzip", fillvalue=0.5)


def _soft(file):
    file["logits"] = h5py.SoftLink("/labels")


def _external(file):
    file["logits"] = h5py.ExternalLink("other.h5", "/logits")


def _raw_storage(file):
    file.create_dataset("logits", (1, 4, 3), "<f4", external=[("/etc/passwd", 0, 48)])


def _virtual(file):
    layout = h5py.VirtualLayout((1, 4, 3), "<f4")
    layout[:] = h5py.VirtualSource("other.h5", "logits", (1, 4, 3))
    file.create_virtual_dataset("logits", layout)


def _text(file):
    file["logits"] = ["a", "b"]


def _group(file):
    file.create_group("logits")


def _other_filter(file):
    file.create_dataset("logits", (3, 4, 3), "<f4", chunks=(3, 4, 3), scaleoffset=2)


HOSTILE = {
    "a size that is not stored": (_declares_too_much, "declares"),
    "a size that is hardly stored": (_repeats_zeros, "declares"),
    "a soft link": (_soft, "a link"),
    "an external link": (_external, "a link"),
    "external storage": (_raw_storage, "lies in another file"),
    "a virtual dataset": (_virtual, "lies in another file"),
    "text": (_text, "no array of plain numbers"),
    "a group": (_group, "no array of plain numbers"),
    "a rare filter": (_other_filter, "filter"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_hdf5_file_is_refused_with_a_sentence(tmp_path, logits, case):
    add, message = HOSTILE[case]
    save_h5(tmp_path / "other.h5", logits=logits[:1], labels=LABELS)
    path = save_h5(tmp_path / "a.h5", labels=LABELS)
    with h5py.File(path, "a") as file:
        add(file)
    with pytest.raises(RunError, match=message):
        read_foreign(path)


@pytest.mark.parametrize("save", [save_npz, save_h5])
def test_validation_losses_of_another_shape_are_refused(tmp_path, logits, save):
    path = save(
        tmp_path / ("a.npz" if save is save_npz else "a.h5"),
        labels=LABELS,
        logits=logits,
        val_loss_per_class=np.ones(3),
    )
    with pytest.raises(DynamicsError, match=r"val_loss of a must be numbers of shape \(epochs, classes\) = \(3, 3\)"):
        read_foreign(path)


@pytest.mark.parametrize("save", [save_npz, save_h5])
def test_validation_losses_lie_beside_the_outputs(tmp_path, logits, save):
    losses = np.arange(9.0).reshape(3, 3)
    path = save(
        tmp_path / ("a.npz" if save is save_npz else "a.h5"), labels=LABELS, logits=logits, val_loss_per_class=losses
    )
    np.testing.assert_array_equal(read_foreign(path).val_loss, losses)


@pytest.mark.parametrize("wrong", [-0.5, np.inf])
@pytest.mark.parametrize("signal", ["", "loss"])
def test_validation_losses_that_are_negative_or_infinite_are_refused_by_their_place(tmp_path, logits, signal, wrong):
    losses = np.arange(9.0).reshape(3, 3)
    losses[0, 1] = np.nan  # of a class that validation has none of
    losses[2, 0] = wrong
    outputs = {"loss": np.ones(logits.shape[:2])} if signal else {"logits": logits}
    path = save_npz(tmp_path / "a.npz", labels=LABELS, **outputs, val_loss_per_class=losses)
    with pytest.raises(DynamicsError, match=rf"val_loss.* is {wrong:g} for class 0 in epoch 3: .*Leave out"):
        read_signal(path, signal) if signal else read_foreign(path)
