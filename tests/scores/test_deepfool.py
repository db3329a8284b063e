"""DeepFool: distance to the nearest boundary, in the features and in the image."""

import numpy as np
import pytest
import torch

from coreset_engine import Snapshot, architectures, score
from coreset_engine.errors import ConfigError
from tests.snapshots import golden_arrays, golden_snapshot, random_snapshot


def with_network(network, images, **arrays):
    """A snapshot of a network's outputs for images."""
    network.eval()
    with torch.no_grad():
        logits = network(images).numpy()
    labels = arrays.pop("labels", logits.argmax(axis=1))
    features = images.flatten(1).numpy()
    return Snapshot.from_arrays(
        features=features, logits=logits, labels=labels, network=lambda: (network, images), **arrays
    )


def linear(weight, bias=None):
    """A linear layer with these weights."""
    layer = torch.nn.Linear(np.shape(weight)[1], np.shape(weight)[0])
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.zeros(len(weight)) if bias is None else torch.tensor(bias))
    return layer


def golden_network():
    """The two tanh layers of the golden images, and the images."""
    golden = golden_arrays()
    layers = [linear(golden[f"deepfool_W{n}"], golden[f"deepfool_b{n}"]) for n in (1, 2)]
    network = torch.nn.Sequential(torch.nn.Flatten(), layers[0], torch.nn.Tanh(), layers[1])
    return network, torch.from_numpy(golden["deepfool_x"].copy())


def test_in_feature_space_it_is_the_squared_distance_to_the_nearest_boundary():
    # classes along x, y and -x: from (3, 1) to x = y it is 2 / sqrt 2, to x = -x it is 3
    weight = np.array([[1.0, 0], [0, 1], [-1, 0]])
    features = np.array([[3.0, 1]])
    snapshot = Snapshot.from_arrays(features=features, logits=features @ weight.T, labels=[0], head_weight=weight)
    np.testing.assert_allclose(score(snapshot, "deepfool"), [2])


def test_a_sample_on_the_boundary_has_distance_0_even_between_equal_classes():
    snapshot = Snapshot.from_arrays(features=[[1.0]], logits=[[2.0, 2]], labels=[0], head_weight=[[1.0], [1.0]])
    np.testing.assert_array_equal(score(snapshot, "deepfool"), [0])


def test_a_class_that_no_change_can_reach_is_infinitely_far():
    snapshot = Snapshot.from_arrays(features=[[1.0]], logits=[[2.0, 1]], labels=[0], head_weight=[[1.0], [1.0]])
    np.testing.assert_array_equal(score(snapshot, "deepfool"), [np.inf])


def test_multi_label_is_the_distance_to_where_the_nearest_label_turns_over():
    snapshot = Snapshot.from_arrays(
        features=np.ones((1, 1)), logits=[[-3.0, 4]], labels=[[1, 1]], head_weight=[[1.0], [2.0]]
    )
    np.testing.assert_allclose(score(snapshot, "deepfool"), [4])  # min of 3²/1² and 4²/2²


def test_in_input_space_it_equals_deepcore():
    snapshot = with_network(*golden_network())
    expected = golden_arrays()["deepfool_r2"]
    np.testing.assert_allclose(score(snapshot, "deepfool", space="input"), expected, rtol=5e-3)


def test_in_input_space_it_follows_the_definition_sample_by_sample():
    network, images = golden_network()
    found = score(with_network(network, images[:6]), "deepfool", space="input")
    np.testing.assert_allclose(found, [plainly(network, image[None]) for image in images[:6]], rtol=1e-3)


def plainly(network, image):
    """The squared length of one image's way, class by class and step by step, as defined."""
    way = torch.zeros_like(image)
    with torch.no_grad():
        predicted = int(network(image).argmax())
    for _ in range(50):
        changed = (image + way).requires_grad_()
        z = network(changed)[0]
        if int(z.argmax()) != predicted:
            break
        slopes = [torch.autograd.grad(value, changed, retain_graph=True)[0] for value in z]
        others = [c for c in range(len(z)) if c != predicted]
        normals = {c: slopes[c] - slopes[predicted] for c in others}
        gaps = {c: float((z[predicted] - z[c]).detach()) for c in others}
        c = min(others, key=lambda c: gaps[c] / float(normals[c].norm()))
        way = way + gaps[c] / float(normals[c].norm()) ** 2 * normals[c]
    return float((way**2).sum())


def test_both_spaces_agree_where_the_network_is_the_head():
    golden = golden_arrays()
    snapshot = with_network(
        linear(golden["W"], golden["b"]), torch.from_numpy(golden["features"].copy()), head_weight=golden["W"]
    )
    np.testing.assert_allclose(score(snapshot, "deepfool", space="input"), score(snapshot, "deepfool"), rtol=1e-4)


def test_both_spaces_agree_on_several_labels():
    draws = np.random.default_rng(0)
    weight, images = draws.normal(size=(3, 4)), torch.from_numpy(draws.normal(size=(20, 4)).astype(np.float32))
    snapshot = with_network(linear(weight), images, head_weight=weight, labels=draws.integers(0, 2, (20, 3)))
    np.testing.assert_allclose(score(snapshot, "deepfool", space="input"), score(snapshot, "deepfool"), rtol=1e-4)


def test_one_step_goes_to_the_boundary_of_the_linearised_network():
    network, images = golden_network()
    once = score(with_network(network, images), "deepfool", space="input", steps=1)
    image = images[:1].requires_grad_()
    z = network(image)[0]
    slopes = torch.stack([torch.autograd.grad(value, image, retain_graph=True)[0].flatten() for value in z])
    own = int(z.argmax())
    squared = ((z[own] - z) ** 2 / ((slopes[own] - slopes) ** 2).sum(dim=1)).detach().numpy()
    np.testing.assert_allclose(once[0], np.delete(squared, own).min(), rtol=1e-4)


def test_a_network_whose_output_ignores_the_image_is_infinitely_far_from_a_change():
    snapshot = with_network(linear(np.zeros((2, 4)), [1.0, 0]), torch.ones(3, 4))
    np.testing.assert_array_equal(score(snapshot, "deepfool", space="input"), [np.inf] * 3)


@pytest.mark.parametrize("name", ["lenet", "resnet8", "mobilenet_v2"])
def test_networks_of_the_registry_can_be_asked_and_are_left_in_their_mode(name):
    torch.manual_seed(0)
    network = architectures.build(name, 1, 3, 28)
    snapshot = with_network(network, torch.randn(4, 1, 28, 28))
    network.train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    values = score(snapshot, "deepfool", space="input", steps=2)
    assert np.isfinite(values).all()
    assert network.training
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])


def test_samples_do_not_depend_on_the_batch_they_are_in(monkeypatch):
    snapshot = with_network(*golden_network())
    whole = score(snapshot, "deepfool", space="input")
    monkeypatch.setattr("coreset_engine.scores.deepfool.BATCH", 3 * 11 * 36)
    np.testing.assert_allclose(score(snapshot, "deepfool", space="input"), whole, rtol=1e-3)


def test_what_is_missing_is_said_with_what_to_give():
    bare = Snapshot.from_arrays(features=np.ones((2, 3)), logits=np.ones((2, 2)), labels=[0, 1])
    with pytest.raises(ConfigError, match="head_weight"):
        score(bare, "deepfool")
    with pytest.raises(ConfigError, match="network=lambda"):
        score(golden_snapshot(), "deepfool", space="input")
    with pytest.raises(ConfigError, match="steps=0"):
        score(random_snapshot(), "deepfool", steps=0)
