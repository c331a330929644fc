import pytest
import torch

from espnet2.gen_audio.accel import onednn
from espnet2.gen_audio.bench.peak_speed import achieved, ceilings, operations
from espnet2.gen_audio.bench.timing import summary


def test_a_product_has_two_operations_a_multiplication():
    left, right = torch.ones(3, 4), torch.ones(4, 5)
    assert operations(lambda: left @ right) == 2 * 3 * 4 * 5


@torch.inference_mode()
def test_attention_is_counted_on_this_machine():
    q = torch.ones(1, 2, 8, 4)
    count = operations(
        lambda: torch.nn.functional.scaled_dot_product_attention(q, q, q)
    )
    assert count == 2 * 2 * (2 * 8 * 8 * 4)


@torch.inference_mode()
def test_what_onednn_multiplies_is_counted_as_torch_counts_it():
    layer, states = torch.nn.Linear(4, 5), torch.ones(2, 3, 4)
    counted = operations(lambda: layer(states))
    onednn.use_onednn(layer)
    assert operations(lambda: layer(states)) == counted == 2 * 2 * 3 * 4 * 5


@torch.inference_mode()
@pytest.mark.parametrize("slow, rows", [(False, 2), (True, 3)])
def test_every_level_has_a_convolution_and_its_products(slow, rows, monkeypatch):
    monkeypatch.setattr(onednn, "mkl_is_slow", lambda: slow)
    made = ceilings((8, 16), (2, 8, 4), torch.float32)
    assert len(made) == 2 * rows and all(speed > 0 for speed in made.values())
    assert sum("2 x 4 x 2" in name for name in made) == rows


def test_speed_is_operations_of_a_unit_by_its_seconds():
    square = torch.ones(100, 100)
    row = summary("x", [(0.5, 0.25)], 0.0, units=2)
    made = achieved(row, lambda: square @ square, lambda: [square @ square] * 2)
    assert made["ours_gflop"] == pytest.approx(1e-3)
    assert made["ours_gflops"] == pytest.approx(2e-3)
    assert made["baseline_gflops"] == pytest.approx(made["baseline_gflop"] / 0.25)
