"""Turns of the vocoder's training: what counts, what is trained, what is refused."""

import pytest
import torch

from espnet2.gen_audio.vocoder.build import build_vocoder

CONFIG = {
    "geometry_conf": {"seconds": 0.64, "n_mels": 16},
    "vocoder_conf": {
        "upsample_initial_channel": 64,
        "initializer_range": None,
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1]],
    },
    "discriminator_conf": {
        "scales": 1,
        "follow_official_norm": False,
        "scale_discriminator_params": {
            "channels": 4,
            "max_downsample_channels": 8,
            "max_groups": 4,
            "downsample_scales": [4, 4],
        },
        "periods": [2],
        "period_discriminator_params": {
            "channels": 2,
            "max_downsample_channels": 4,
            "downsample_scales": [3, 3],
        },
    },
}


def tiny(**loss_conf):
    torch.manual_seed(0)
    return build_vocoder({**CONFIG, "loss_conf": loss_conf})


@pytest.fixture
def audio():
    time = torch.arange(20 * 160) / 16000
    return 0.3 * torch.sin(2 * torch.pi * torch.tensor([[400.0], [900.0]]) * time)


def test_the_objective_is_the_published_sum(audio):
    model = tiny()
    result = model(audio, forward_generator=True)
    stats = result["stats"]
    expected = (
        45 * stats["mel_l1"] + stats["adversarial_loss"] + 2 * stats["feature_loss"]
    )
    torch.testing.assert_close(result["loss"], expected)
    assert "stft_loss" not in stats


def test_the_stft_term_counts_when_it_has_a_weight(audio):
    result = tiny(stft_weight=3.0, adversarial_start=10)(audio)
    stats = result["stats"]
    expected = 45 * stats["mel_l1"] + 3 * stats["stft_loss"]
    torch.testing.assert_close(result["loss"], expected)


def test_mel_l1_compares_the_mels_of_both_waveforms(audio):
    model = tiny().eval()
    with torch.no_grad():
        stats = model(audio)["stats"]
        mel = model.log_mel(audio)
        expected = (model.log_mel(model.decode(mel)) - mel).abs().mean()
    torch.testing.assert_close(stats["mel_l1"][0], expected)


def test_discriminators_wait_for_their_start(audio):
    model = tiny(adversarial_start=1)
    waiting = model(audio, forward_generator=False)["loss"]
    assert waiting.item() == 0.0 and waiting.requires_grad
    assert "adversarial_loss" not in model(audio)["stats"]
    assert model(audio, forward_generator=False)["loss"].item() > 0.0
    steps = model.state_dict()["generator_steps"]
    assert steps.item() == 1.0 and steps.is_floating_point()


def test_the_discriminator_turn_trains_the_discriminators_only(audio):
    model = tiny()
    model(audio, forward_generator=False)["loss"].sum().backward()
    assert all(p.grad is None for p in model.generator_parameters())
    assert any(p.grad.any() for p in model.discriminator_parameters())


def test_both_turns_of_a_batch_share_one_generated_waveform(audio):
    model = tiny()
    passes = []
    model.vocoder.register_forward_hook(lambda *_: passes.append(1))
    model(audio, forward_generator=False)["loss"].sum().backward()
    model(audio, forward_generator=True)["loss"].sum().backward()
    assert len(passes) == 1
    model(audio.clone(), forward_generator=False)
    model(audio.clone(), forward_generator=True)
    assert len(passes) == 3


def test_every_parameter_belongs_to_one_optimiser():
    model = tiny()
    sides = [*model.generator_parameters(), *model.discriminator_parameters()]
    assert {id(p) for p in sides} == {id(p) for p in model.parameters()}
    assert len(sides) == len({id(p) for p in sides})


def test_a_segment_of_broken_frames_is_refused():
    with pytest.raises(ValueError, match="multiple of hop 160"):
        tiny()(torch.zeros(1, 8192))


def test_a_few_steps_lower_the_mel_distance(audio):
    model = tiny(adversarial_start=1000)
    optimiser = torch.optim.Adam(model.generator_parameters(), lr=5e-3)
    distances = []
    for _ in range(20):
        result = model(audio)
        distances.append(result["stats"]["mel_l1"].item())
        optimiser.zero_grad()
        result["loss"].sum().backward()
        optimiser.step()
    assert distances[-1] < 0.8 * distances[0]


def test_statistics_collect_the_mel_spectrogram(audio):
    feats = tiny().collect_feats(audio, torch.tensor([3200, 3200]))
    assert feats["mel"].shape == (2, 20, 16)
    assert feats["mel_lengths"].tolist() == [20, 20]
