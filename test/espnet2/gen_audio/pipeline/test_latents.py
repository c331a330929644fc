"""Sampling a batch: windows, seeds of rows, edits."""

import dataclasses

import pytest
import torch

from espnet2.gen_audio.accel import compiled_unet
from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.pipeline.latents import sample
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.sampling.edit import LatentEdit

FAST = SamplingOptions("dpm++", 3, 0.0, 2.0)
LONG = Frames(40, 16, (0, 12, 24))


def run(
    system,
    ids,
    seeds,
    frames=Frames(16, 16, (0,)),
    captions=None,
    edit=None,
    options=FAST,
):
    captions = captions or ["drum"] * len(frames.starts)
    heard = [
        system.heard(system.conditions([caption] * len(ids))) for caption in captions
    ]
    null = system.null(len(ids))
    return sample(system, ids, seeds, heard, null, options, frames, edit)


def test_every_row_has_the_noise_of_its_own_id_and_seed(system):
    both = run(system, ["a", "a"], [1, 2])
    for row, seed in enumerate((1, 2)):
        alone = run(system, ["a"], [seed])[0]
        assert (both[row] - alone).abs().max() < 1e-5 * alone.abs().max()
    assert not torch.allclose(both[0], both[1], atol=1e-2)


def test_a_long_sound_is_of_one_piece_and_a_window_hears_its_own_condition(system):
    # a step carries a change one window further, so two leave the first one alone
    two = dataclasses.replace(FAST, steps=2)
    same = run(system, ["a"], [0], LONG, options=two)
    assert same.shape == (1, 4, 40, 4) and same.isfinite().all()
    other = run(system, ["a"], [0], LONG, ["drum", "drum", "barks"], options=two)
    assert torch.equal(same[:, :, :12], other[:, :, :12])
    assert not torch.equal(same[:, :, 28:], other[:, :, 28:])


def test_the_kept_latent_comes_out_unscaled(system):
    known, keep = torch.randn(1, 4, 16, 4), torch.zeros(1, 1, 16, 4)
    keep[:, :, :8] = 1.0
    made = run(system, ["a"], [0], edit=LatentEdit(known, keep))
    wanted = known[:, :, :8] / system.ldm.latent_scale
    torch.testing.assert_close(made[:, :, :8], wanted)


@pytest.mark.parametrize("reuse", [2, 3])
def test_reused_features_change_a_sound_a_little(system, reuse):
    heard, null = system.heard(system.conditions(["drum"])), system.null(1)
    frames = Frames(16, 16, (0,))
    options = dataclasses.replace(FAST, steps=6)
    exact = sample(system, ["a"], [0], [heard], null, options, frames)
    reused = dataclasses.replace(options, reuse_every=reuse)
    near = sample(system, ["a"], [0], [heard], null, reused, frames)
    assert 0 < (near - exact).abs().mean() < 0.5 * exact.abs().mean()


def test_compiled_the_sound_is_the_same_to_rounding(system, monkeypatch):
    plain, calls = CachedUNet.__call__, []

    def run(*given):
        calls.append(1)
        return plain(*given)

    monkeypatch.setattr(compiled_unet, "compile_pass", lambda device: run)
    heard, null = system.heard(system.conditions(["drum"])), system.null(1)
    frames, options = Frames(16, 16, (0,)), dataclasses.replace(FAST, compiled=True)
    wanted = sample(system, ["a"], [0], [heard], null, FAST, frames)
    made = sample(system, ["a"], [0], [heard], null, options, frames)
    torch.testing.assert_close(made, wanted, rtol=1e-4, atol=1e-5)
    assert len(calls) == FAST.steps
