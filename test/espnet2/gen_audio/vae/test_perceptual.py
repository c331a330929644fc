"""Perceptual distances: LPIPS against plain torch modules, and missing weights."""

import pytest
import torch

from espnet2.gen_audio.vae.perceptual import LPIPS, feature_distance

WIDTHS = [(3, 4), (4, 4), (4, 6), (6, 6), (6, 8), (8, 8), (8, 8)]
WIDTHS += [(8, 5), (5, 5), (5, 5), (5, 3), (3, 3), (3, 3)]
CONVOLUTIONS = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
ENDS = [3, 8, 15, 22, 29]  # the ReLU that ends each stage


def tiny_vgg():
    torch.manual_seed(0)
    layers = [torch.nn.ReLU() for _ in range(30)]
    for index, (inputs, outputs) in zip(CONVOLUTIONS, WIDTHS):
        layers[index] = torch.nn.Conv2d(inputs, outputs, 3, padding=1)
    for index in (4, 9, 16, 23):
        layers[index] = torch.nn.MaxPool2d(2, 2)
    return torch.nn.Sequential(*layers)


@pytest.fixture
def weights(tmp_path):
    vgg = tiny_vgg()
    torch.save(
        {f"features.{k}": v for k, v in vgg.state_dict().items()}, tmp_path / "v"
    )
    lins = {
        f"lin{i}.model.1.weight": torch.rand(1, n, 1, 1)
        for i, n in enumerate([4, 6, 8, 5, 3])
    }
    torch.save(lins, tmp_path / "l")
    return vgg, lins, LPIPS(str(tmp_path / "v"), str(tmp_path / "l"))


def plain_lpips(vgg, lins, a, b):
    shift = torch.tensor([-0.030, -0.088, -0.188])[:, None, None]
    scale = torch.tensor([0.458, 0.448, 0.450])[:, None, None]
    a, b = ((x[:, None].repeat(1, 3, 1, 1) - shift) / scale for x in (a, b))
    total = 0
    for index, layer in enumerate(vgg):
        a, b = layer(a), layer(b)
        if index in ENDS:
            unit = [torch.nn.functional.normalize(x, dim=1) for x in (a, b)]
            weight = lins[f"lin{ENDS.index(index)}.model.1.weight"][0][None]
            total = total + ((unit[0] - unit[1]) ** 2 * weight).sum(1).mean((1, 2))
    return total


def test_lpips_equals_plain_modules_with_the_same_weights(weights):
    vgg, lins, lpips = weights
    a, b = torch.randn(2, 32, 16), torch.randn(2, 32, 16)
    with torch.no_grad():
        expected = plain_lpips(vgg, lins, a, b)
    torch.testing.assert_close(lpips(a, b), expected, rtol=1e-4, atol=1e-6)


def test_lpips_of_equal_clips_is_zero_with_finite_gradients(weights):
    a = torch.full((1, 32, 16), -11.5, requires_grad=True)
    distance = weights[2](a, a.detach())
    distance.sum().backward()
    assert distance.item() == 0.0
    assert torch.isfinite(a.grad).all()


def test_missing_lpips_weights_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match="perceptual: none"):
        LPIPS("", "/nowhere").check()


def test_a_weight_file_of_another_network_is_refused_by_name(tmp_path):
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "v")
    torch.save({}, tmp_path / "l")
    with pytest.raises(ValueError, match="lack features.0.bias"):
        LPIPS(str(tmp_path / "v"), str(tmp_path / "l"))(
            torch.zeros(1, 16, 16), torch.zeros(1, 16, 16)
        )


def test_feature_distance_averages_layers_and_moves_only_the_reconstruction():
    ours = [torch.ones(2, 3, 4, 4, requires_grad=True), torch.zeros(2, 1, 2, 2)]
    theirs = [
        torch.zeros(2, 3, 4, 4, requires_grad=True),
        torch.full((2, 1, 2, 2), 3.0),
    ]
    distance = feature_distance(ours, theirs)
    torch.testing.assert_close(distance, torch.tensor([2.0, 2.0]))
    distance.sum().backward()
    assert ours[0].grad is not None and theirs[0].grad is None
