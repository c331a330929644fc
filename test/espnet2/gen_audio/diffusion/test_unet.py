"""The U-Net: published sizes, masks, conditions, refusals, sizes that do not divide."""

import pytest
import torch

from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.diffusion.unet import ConditionalUNet
from espnet2.gen_audio.feats.clip import ClipGeometry

PUBLISHED = {
    "full": ({}, 346943496, 1520),
    "large": (
        {"extra_self_attention": True, "transformer_depth": 2},
        718012296,
        3216,
    ),
    "speech": ({"tokens_dim": None}, 261926536, 1104),
    "text alone": ({"loa_dim": None}, 265531016, 1104),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sizes_are_exact(name):
    options, parameters, tensors = PUBLISHED[name]
    with torch.device("meta"):
        unet = ConditionalUNet(**options)
    assert sum(weight.numel() for weight in unet.parameters()) == parameters
    assert len(unet.state_dict()) == tensors


def test_heads_have_32_features_at_every_level():
    with torch.device("meta"):
        net = ConditionalUNet().net
    attention = [level.attentions[0] for level in net.down_blocks[1:]]
    heads = [a.transformer_blocks[0].attn1.heads for a in attention]
    assert heads == [8, 12, 20]


def tiny(**options):
    torch.manual_seed(0)
    sizes = {"channels": (32, 64), "layers_per_block": 1, "loa_dim": 6, "tokens_dim": 5}
    sizes.update(zero_start=False, latent_channels=4)
    return ConditionalUNet(**{**sizes, **options}).eval()


def inputs(frames=8, bins=4):
    torch.manual_seed(1)
    loa = Condition.from_lengths(torch.randn(2, 3, 6))
    tokens = Condition.from_lengths(torch.randn(2, 4, 5), torch.tensor([4, 2]))
    return torch.randn(2, 4, frames, bins), torch.tensor([3, 800]), loa, tokens


@pytest.mark.parametrize("joined_dim", [None, 16])
@torch.no_grad()
def test_each_condition_and_the_step_matter(joined_dim):
    unet = tiny(joined_dim=joined_dim)
    noisy, step, loa, tokens = inputs()
    base = unet(noisy, step, loa, tokens)
    other_loa = Condition(loa.embedding.flip(0), loa.mask)
    other_tokens = Condition(tokens.embedding + 1, tokens.mask)
    assert base.shape == noisy.shape
    for changed in (
        unet(noisy, step, other_loa, tokens),
        unet(noisy, step, loa, other_tokens),
        unet(noisy, step + 50, loa, tokens),
    ):
        assert (changed - base).abs().max() > 1e-4


@pytest.mark.parametrize("joined_dim", [None, 16])
@torch.no_grad()
def test_padding_and_batch_mates_do_not_change_a_clip(joined_dim):
    unet = tiny(joined_dim=joined_dim)
    noisy, step, loa, tokens = inputs()
    both = unet(noisy, step, loa, tokens)
    alone = unet(
        noisy[1:],
        step[1:],
        Condition(loa.embedding[1:], loa.mask[1:]),
        Condition(tokens.embedding[1:, :2], tokens.mask[1:, :2]),
    )
    torch.testing.assert_close(both[1:], alone, rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_fresh_network_predicts_zero_as_the_published_one_starts():
    noisy, step, loa, tokens = inputs()
    assert tiny(zero_start=True)(noisy, step, loa, tokens).abs().max() == 0


def test_every_weight_learns_after_two_steps():
    unet = tiny(zero_start=True)
    optimiser = torch.optim.SGD(unet.parameters(), 0.1)
    for _ in range(3):  # zeros pass gradients on one layer further at each step
        optimiser.zero_grad()
        (unet(*inputs()) - inputs()[0]).square().mean().backward()
        optimiser.step()
    still = [n for n, w in unet.named_parameters() if not w.grad.abs().max() > 0]
    assert not still


@torch.no_grad()
def test_latents_that_do_not_halve_evenly_keep_their_size():
    unet = tiny(channels=(32, 64, 64))
    noisy, step, loa, tokens = inputs(frames=10, bins=6)
    assert unet(noisy, step, loa, tokens).shape == noisy.shape


@torch.no_grad()
def test_missing_unexpected_and_misfitting_conditions_are_refused():
    noisy, step, loa, tokens = inputs()
    with pytest.raises(ValueError, match="got nothing"):
        tiny()(noisy, step, None, tokens)
    with pytest.raises(ValueError, match="got a condition"):
        tiny(tokens_dim=None)(noisy, step, loa, tokens)
    with pytest.raises(ValueError, match="width 5 were given"):
        tiny()(noisy, step, tokens, tokens)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": (32, 48)}, "width 48 of level 1"),
        ({"head_dim": 40}, "head_dim 40"),
        ({"attention": [True]}, "has 1 entries"),
        ({"joined_dim": 8, "extra_self_attention": True}, "choose one"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_before_building(options, message):
    with pytest.raises(ValueError, match=message):
        tiny(**options)


def test_a_vector_beside_the_step_changes_the_prediction_and_must_be_given():
    torch.manual_seed(0)
    network = ConditionalUNet(
        latent_channels=4,
        channels=(32, 64),
        layers_per_block=1,
        loa_dim=None,
        tokens_dim=None,
        film_dim=6,
        extra_self_attention=True,
        zero_start=False,
    ).eval()
    noisy, step = torch.randn(2, 4, 8, 8), torch.tensor([3, 3])
    sentence = Condition.from_lengths(torch.randn(2, 1, 6))
    first = network(noisy, step, None, None, sentence)
    other = Condition.from_lengths(-sentence.embedding)
    assert not torch.allclose(first, network(noisy, step, None, None, other))
    with pytest.raises(ValueError, match="sentence vectors: .* got nothing"):
        network(noisy, step, None, None)


@torch.no_grad()
@pytest.mark.parametrize("overlay_dim", [None, 3])
def test_overlaid_loa_is_heard_where_attention_hears_nothing(overlay_dim):
    geometry = ClipGeometry(seconds=0.64, downsample=8, n_mels=32)  # 4 x 8, 8 x 4
    unet = tiny(tokens_dim=None, overlay_dim=overlay_dim, geometry=geometry)
    for name, weight in unet.net.named_parameters():
        if ".attentions." in name and ".proj_out." in name:
            weight.zero_()
    noisy, step, _, _ = inputs()
    loa = torch.randn(2, 32, 6)
    base = unet(noisy, step, Condition.from_lengths(loa), None)
    changed = unet(noisy, step, Condition.from_lengths(loa + 1.0), None)
    assert torch.equal(base, changed) == (overlay_dim is None)


def test_an_overlay_without_loa_or_geometry_is_refused():
    with pytest.raises(ValueError, match="overlay_dim 3.*no geometry"):
        tiny(overlay_dim=3)
    with pytest.raises(ValueError, match="overlay_dim 3.*no LOA"):
        tiny(overlay_dim=3, loa_dim=None, geometry=ClipGeometry())
