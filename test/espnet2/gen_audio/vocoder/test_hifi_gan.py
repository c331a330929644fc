"""HiFi-GAN generator: published sizes, length and place in time, weight norm."""

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN, samples_later

GEOMETRY = ClipGeometry(seconds=0.64)
TINY = {
    "upsample_initial_channel": 64,
    "resblock_kernel_sizes": [3],
    "resblock_dilation_sizes": [[1, 2]],
}
GEOMETRY_48K = ClipGeometry(
    sample_rate=48000, hop=480, n_fft=2048, n_mels=256, mel_high=24000.0
)
SIZES_48K = {
    "upsample_rates": [6, 5, 4, 2, 2],
    "upsample_kernel_sizes": [12, 10, 8, 4, 4],
}


def tiny(seed=0, **conf):
    torch.manual_seed(seed)
    return HiFiGAN(GEOMETRY, **{**TINY, "initializer_range": None, **conf}).eval()


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_the_default_is_the_published_16_khz_vocoder():
    with torch.device("meta"):
        assert count(HiFiGAN(ClipGeometry(), weight_norm=False)) == 55_264_897


def test_the_48_khz_vocoder_has_its_published_size():
    with torch.device("meta"):
        vocoder = HiFiGAN(
            GEOMETRY_48K,
            **SIZES_48K,
            upsample_initial_channel=1536,
            resblock_kernel_sizes=[3, 7, 11, 15],
            resblock_dilation_sizes=[[1, 3, 5]] * 4,
            weight_norm=False,
        )
    assert count(vocoder) == 190_281_889


@torch.no_grad()
def test_the_surplus_of_the_published_network_is_cut_at_the_end():
    vocoder, mel = tiny(), torch.randn(1, 1024, 64)
    raw = vocoder.net(mel)
    assert raw.shape == (1, 163_872)
    torch.testing.assert_close(vocoder(mel), raw[:, :163_840])


@torch.no_grad()
def test_the_published_training_segment_is_51_frames_and_their_surplus():
    assert tiny().net(torch.randn(1, 51, 64)).shape == (1, 8192)


@torch.no_grad()
def test_the_48_khz_training_form_gives_exactly_a_hop_for_every_frame():
    small = {**TINY, **SIZES_48K}
    exact = HiFiGAN(GEOMETRY_48K, **small, odd_padding="ceil")
    other = HiFiGAN(GEOMETRY_48K, **small, odd_padding="floor")
    mel = torch.randn(1, 8, 256)
    assert exact.net(mel).shape == (1, 8 * 480)
    assert other.net(mel).shape == (1, 8 * 480 + 16)


@torch.no_grad()
def test_a_call_may_round_the_padding_as_the_other_form_does():
    small = {**TINY, **SIZES_48K, "initializer_range": None}
    torch.manual_seed(0)
    exact = HiFiGAN(GEOMETRY_48K, **small, odd_padding="ceil").eval()
    other = HiFiGAN(GEOMETRY_48K, **small, odd_padding="floor").eval()
    other.load_state_dict(exact.state_dict())
    mel = torch.randn(1, 40, 256)
    own, floor = exact(mel, trim=False), exact(mel, trim=False, odd_padding="floor")
    assert torch.equal(floor, other(mel, trim=False))
    assert torch.equal(own, exact(mel, trim=False))  # only that call
    assert torch.equal(floor, exact.decode(mel.double(), False, "floor"))
    with pytest.raises(ValueError, match="'round' is unknown"):
        exact(mel, odd_padding="round")


@torch.no_grad()
def test_rounded_down_the_sound_of_rounded_up_comes_later():
    later = samples_later(SIZES_48K["upsample_rates"], [12, 10, 8, 4, 4])
    assert later == 16 and samples_later((5, 4, 2, 2, 2), (16, 16, 8, 4, 4)) == 32
    small = {**TINY, **SIZES_48K, "initializer_range": None}
    torch.manual_seed(0)
    vocoder = HiFiGAN(GEOMETRY_48K, **small, odd_padding="ceil").eval()
    mel = torch.randn(1, 60, 256)
    exact = vocoder(mel, trim=False)
    floor = vocoder(mel, trim=False, odd_padding="floor")
    inside = slice(15 * 480, 45 * 480)  # far from the borders
    moved = floor[:, later:][:, inside]
    torch.testing.assert_close(moved, exact[:, inside], rtol=0, atol=1e-5)
    assert (floor[:, inside] - exact[:, inside]).abs().max() > 1e-3


@torch.no_grad()
def test_a_mel_one_frame_later_gives_a_waveform_one_hop_later():
    vocoder, mel = tiny(), torch.randn(1, 64, 64)
    wave, later = vocoder(mel), vocoder(mel.roll(1, dims=1))
    inside = slice(20 * 160, 44 * 160)  # far from the borders
    torch.testing.assert_close(
        later.roll(-160, dims=1)[:, inside], wave[:, inside], rtol=0, atol=1e-5
    )
    assert wave[:, inside].std() > 1e-3


@torch.no_grad()
def test_one_changed_frame_changes_the_samples_around_its_middle():
    vocoder = tiny(upsample_initial_channel=256)
    mel = torch.randn(1, 64, 64)
    impulse = mel.clone()
    impulse[:, 30] += 1.0
    change = (vocoder(impulse) - vocoder(mel))[0].abs().nonzero()
    middle = (change.min() + change.max()).item() / 2
    assert abs(middle - 30.5 * 160) < 80  # half a hop


@torch.no_grad()
def test_every_clip_is_vocoded_by_itself():
    vocoder, mel = tiny(), torch.randn(3, 16, 64)
    torch.testing.assert_close(vocoder(mel)[1:2], vocoder(mel[1:2]), rtol=0, atol=1e-5)
    assert torch.equal(vocoder.decode(mel), vocoder(mel))


@torch.no_grad()
def test_folding_weight_norm_keeps_the_sound_and_frees_the_names():
    vocoder, mel = tiny(), torch.randn(1, 16, 64)
    expected = vocoder(mel)
    vocoder.fold_weight_norm()
    torch.testing.assert_close(vocoder(mel), expected, rtol=0, atol=1e-6)
    assert not [name for name in vocoder.state_dict() if "original" in name]


@torch.no_grad()
@pytest.mark.parametrize("weight_norm", [True, False])
def test_folded_weights_load_into_both_forms(weight_norm):
    source, target = tiny(), tiny(seed=1, weight_norm=weight_norm)
    mel = torch.randn(1, 16, 64)
    assert not torch.allclose(source(mel), target(mel), atol=1e-3)
    target.load_folded(source.folded_state())
    torch.testing.assert_close(target(mel), source(mel), rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_narrow_network_is_audible_from_the_start_when_its_width_sets_the_weights():
    mel = torch.randn(1, 16, 64)
    assert tiny()(mel).std() > 1e-3
    assert tiny(initializer_range=0.01)(mel).std() < 1e-5


def test_folded_weights_have_the_names_of_a_network_without_weight_norm():
    folded = tiny(weight_norm=False)
    assert set(tiny().folded_state()) == set(folded.state_dict())


def test_a_weight_norm_checkpoint_loads_strictly_from_tensors_alone(tmp_path):
    vocoder, target = tiny(), tiny(seed=1)
    torch.save(vocoder.state_dict(), tmp_path / "v.pth")
    state = torch.load(tmp_path / "v.pth", weights_only=True)
    target.load_state_dict(state, strict=True)
    mel = torch.randn(1, 16, 64)
    with torch.no_grad():
        assert torch.equal(target(mel), vocoder(mel))


def test_weights_that_do_not_fit_are_refused_by_name():
    state = tiny().folded_state()
    state["net.conv_pre.weight"] = state["net.conv_pre.weight"][:2]
    with pytest.raises(ValueError, match="conv_pre.weight"):
        tiny().load_folded(state)
    del state["net.conv_pre.weight"]
    with pytest.raises(ValueError, match="conv_pre.weight"):
        tiny().load_folded(state)
    with pytest.raises(ValueError, match="surplus"):
        tiny().load_folded({**tiny().folded_state(), "surplus": torch.zeros(1)})


@pytest.mark.parametrize(
    "conf, message",
    [
        ({"upsample_rates": [5, 4, 2, 2, 3]}, "multiply to 240, but the hop is 160"),
        ({"upsample_kernel_sizes": [16, 16, 8, 4]}, "kernel at least as large"),
        ({"resblock_kernel_sizes": [3, 7]}, "one list for each"),
        ({"odd_padding": "round"}, "floor, ceil"),
    ],
)
def test_sizes_that_do_not_fit_each_other_are_refused(conf, message):
    with pytest.raises(ValueError, match=message):
        HiFiGAN(GEOMETRY, **{**TINY, **conf})


@torch.no_grad()
def test_a_network_that_normalises_takes_mean_and_scale_from_its_weights():
    given, plain = tiny(1, normalize_before=True), tiny(1)
    given.net.mean.fill_(0.5)
    given.net.scale.fill_(2.0)
    loaded = tiny(2, normalize_before=True)
    loaded.load_folded(given.folded_state())
    mel = torch.randn(1, 8, 64)
    torch.testing.assert_close(loaded(mel), plain((mel - 0.5) / 2.0))
