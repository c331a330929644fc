"""What ESPnet sees of AudioMAE: a loss that learns, a validation that repeats."""

import pytest
import torch

from espnet2.gen_audio.audiomae.build import build_audiomae
from espnet2.gen_audio.audiomae.loa import pool_patches

CONFIG = {
    "geometry_conf": {"seconds": 0.64},
    "encoder_conf": {"width": 32, "layers": 3, "heads": 2},
    "decoder_conf": {"width": 32, "layers": 2, "heads": 2},
    "model_conf": {"mask_ratio": 0.5},
}


def clips(count):
    generator = torch.Generator().manual_seed(1)
    return 0.1 * torch.randn(count, 10240, generator=generator)


def make(**changes):
    torch.manual_seed(0)
    return build_audiomae({**CONFIG, **changes})


def test_training_lowers_the_loss():
    model = make()
    # a tone: its patches follow from one another
    wave = torch.sin(torch.arange(10240) * 0.3).expand(4, -1) * 0.5
    weights = [w for w in model.parameters() if w.requires_grad]
    optimiser = torch.optim.AdamW(weights, 3e-3)
    losses = []
    for _ in range(40):
        loss, stats, weight = model(wave, None, utt_id=["a"] * 4)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
    assert set(stats) == {"loss"} and weight == 4


def test_validation_gives_an_id_the_same_mask_in_any_batch():
    model = make().eval()
    audio = clips(3)
    with torch.no_grad():
        torch.manual_seed(1)
        one = model(audio[:1], None, utt_id=["a"])[0]
        torch.manual_seed(2)
        rest = model(audio[1:], None, utt_id=["b", "c"])[0]
        all_three = model(audio, None, utt_id=["a", "b", "c"])[0]
        renamed = model(audio[:1], None, utt_id=["z"])[0]
    torch.testing.assert_close((one + 2 * rest) / 3, all_three)
    assert not torch.allclose(one, renamed)


def test_training_draws_a_new_mask_and_level_each_time():
    model = make()
    audio = clips(2)
    first, second = (float(model(audio, None)[0].detach()) for _ in range(2))
    assert first != second


def test_statistics_are_taken_before_normalisation():
    audio = clips(2)
    plain = make().collect_feats(audio, None)
    changed = make(fbank_conf={"mean": 3.0, "std": 2.0})
    other = changed.collect_feats(audio, None)
    torch.testing.assert_close(plain["fbank"], other["fbank"], rtol=1e-4, atol=1e-4)
    # 0.64 s hold 62 whole windows of 25 ms; two frames of zeros fill the last patch
    assert plain["fbank_lengths"].tolist() == [62, 62]
    assert not plain["fbank"][:, 62:].any() or plain["fbank"][:, 62:].abs().max() < 1e-5
    assert plain["fbank"][:, 61].abs().max() > 1


def test_patch_features_pool_into_loa_of_any_factor():
    model = make().eval()
    features = model.patch_features(clips(2))
    assert features.shape == (2, model.geometry.num_patches, 32)
    for factor in (1, 2, 4):
        loa = pool_patches(
            features, model.encoder.grid, model.geometry.pool_factors(factor)
        )
        assert loa.shape == (2, model.geometry.loa_tokens(factor), 32)


def test_a_mask_ratio_that_keeps_nothing_is_refused_at_once():
    with pytest.raises(ValueError, match="mask ratio"):
        make(model_conf={"mask_ratio": 0.99})
