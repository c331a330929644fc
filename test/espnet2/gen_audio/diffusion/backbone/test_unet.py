"""The U-Net: published sizes, masks, conditions, refusals, sizes that do not divide."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition, row_of
from espnet2.gen_audio.diffusion.build import build_backbone

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
        unet = build_backbone({"unet_conf": options})
    assert sum(weight.numel() for weight in unet.parameters()) == parameters
    assert len(unet.state_dict()) == tensors


def test_heads_have_32_features_at_every_level():
    with torch.device("meta"):
        net = build_backbone({}).net
    attention = [level.attentions[0] for level in net.down_blocks[1:]]
    heads = [a.transformer_blocks[0].attn1.heads for a in attention]
    assert heads == [8, 12, 20]


def tiny(geometry=None, conditions=None, **options):
    torch.manual_seed(0)
    sizes = {"channels": (32, 64), "layers_per_block": 1, "loa_dim": 6, "tokens_dim": 5}
    sizes.update(zero_start=False, latent_channels=4)
    config = {"unet_conf": {**sizes, **options}, "conditions": conditions or {}}
    return build_backbone({**config, "geometry_conf": geometry or {}}).eval()


def inputs(frames=8, bins=4):
    """Return latents, steps and conditions of two clips."""
    torch.manual_seed(1)
    loa = Condition.from_lengths(torch.randn(2, 3, 6))
    tokens = Condition.from_lengths(torch.randn(2, 4, 5), torch.tensor([4, 2]))
    noisy, step = torch.randn(2, 4, frames, bins), torch.tensor([3, 800])
    return noisy, step, {"loa": loa, "tokens": tokens}


@torch.no_grad()
def test_the_middle_is_the_block_of_the_lowest_resolution():
    unet, seen = tiny(), []
    module, channels = unet.middle
    module.register_forward_hook(lambda *given: seen.append(given[-1].shape))
    unet(*inputs())
    assert seen == [(2, channels, 8 // unet.multiple, 4 // unet.multiple)]


@pytest.mark.parametrize("joined_dim", [None, 16])
@torch.no_grad()
def test_each_condition_and_the_step_matter(joined_dim):
    unet = tiny(joined_dim=joined_dim)
    noisy, step, given = inputs()
    base = unet(noisy, step, given)
    loa, tokens = given["loa"], given["tokens"]
    other_loa = Condition(loa.embedding.flip(0), loa.mask)
    other_tokens = Condition(tokens.embedding + 1, tokens.mask)
    assert base.shape == noisy.shape
    for changed in (
        unet(noisy, step, {"loa": other_loa, "tokens": tokens}),
        unet(noisy, step, {"loa": loa, "tokens": other_tokens}),
        unet(noisy, step + 50, given),
    ):
        assert (changed - base).abs().max() > 1e-4


@pytest.mark.parametrize("joined_dim", [None, 16])
@torch.no_grad()
def test_padding_and_batch_mates_do_not_change_a_clip(joined_dim):
    unet = tiny(joined_dim=joined_dim)
    noisy, step, given = inputs()
    both = unet(noisy, step, given)
    alone = unet(noisy[1:], step[1:], row_of(given, 1))
    assert alone.shape == both[1:].shape and given["tokens"].lengths[1] == 2
    torch.testing.assert_close(both[1:], alone, rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_fresh_network_predicts_zero_as_the_published_one_starts():
    assert tiny(zero_start=True)(*inputs()).abs().max() == 0


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
    noisy, step, given = inputs(frames=10, bins=6)
    assert unet(noisy, step, given).shape == noisy.shape


@torch.no_grad()
def test_missing_unexpected_and_misfitting_conditions_are_refused():
    noisy, step, given = inputs()
    tokens = given["tokens"]
    with pytest.raises(ValueError, match="'tokens'. were given.*for .'loa', 'tokens'"):
        tiny()(noisy, step, {"tokens": tokens})
    with pytest.raises(ValueError, match="'loa', 'tokens'. were given.*for .'loa'"):
        tiny(tokens_dim=None)(noisy, step, given)
    with pytest.raises(ValueError, match="loa of width 5 was given"):
        tiny()(noisy, step, {"loa": tokens, "tokens": tokens})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": (32, 48)}, "width 48 of level 1"),
        ({"head_dim": 40}, "head_dim 40"),
        ({"attention": [True]}, "has 1 entries"),
        ({"heads": [2]}, "heads .2. has 1 entries"),
        ({"heads": [1, 5]}, "head_dim 12"),
        ({"norm_num_groups": 24}, "norm_num_groups 24"),
        ({"joined_dim": 8, "extra_self_attention": True}, "choose one"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_before_building(options, message):
    with pytest.raises(ValueError, match=message):
        tiny(**options)


def test_a_vector_beside_the_step_changes_the_prediction_and_must_be_given():
    torch.manual_seed(0)
    network = tiny(loa_dim=None, tokens_dim=None, film_dim=6, extra_self_attention=True)
    noisy, step = torch.randn(2, 4, 8, 8), torch.tensor([3, 3])
    sentence = Condition.from_lengths(torch.randn(2, 1, 6))
    first = network(noisy, step, {"sentence": sentence})
    other = Condition.from_lengths(-sentence.embedding)
    assert not torch.allclose(first, network(noisy, step, {"sentence": other}))
    with pytest.raises(ValueError, match="conditions .. were given.*'sentence'"):
        network(noisy, step, {})


@torch.no_grad()
@pytest.mark.parametrize("channels", [None, 3])
def test_loa_as_channels_matters_where_attention_is_silent(channels):
    geometry = {"seconds": 0.64, "downsample": 8, "n_mels": 32}  # 4 x 8, 8 x 4
    unet = tiny(geometry, tokens_dim=None, loa_channels=channels)
    for name, weight in unet.net.named_parameters():
        if ".attentions." in name and ".proj_out." in name:
            weight.zero_()
    noisy, step, _ = inputs()
    loa = torch.randn(2, 32, 6)
    base = unet(noisy, step, {"loa": Condition.from_lengths(loa)})
    changed = unet(noisy, step, {"loa": Condition.from_lengths(loa + 1.0)})
    assert torch.equal(base, changed) == (channels is None)


def test_loa_channels_without_loa_are_refused():
    with pytest.raises(ValueError, match="loa_channels 3.*no loa"):
        tiny(loa_channels=3, loa_dim=None)


MELODY = {"width": 6, "role": "cross_attention"}


def test_published_weights_of_the_channels_and_projections_keep_their_names():
    names = tiny(loa_channels=3, joined_dim=16).state_dict().keys()
    own = {name for name in names if not name.startswith("net.")}
    modules = ("overlay.projection", "loa_projection", "tokens_projection")
    assert own == {f"{m}.{end}" for m in modules for end in ("weight", "bias")}


@torch.no_grad()
def test_any_number_of_conditions_is_attended_to_when_joined_and_two_when_not():
    unet = tiny(joined_dim=16, conditions={"melody": MELODY})
    noisy, step, given = inputs()
    melody = Condition.from_lengths(torch.randn(2, 7, 6))
    base = unet(noisy, step, given | {"melody": melody})
    other = Condition(melody.embedding + 1, melody.mask)
    assert not torch.equal(base, unet(noisy, step, given | {"melody": other}))
    with pytest.raises(ValueError, match="loa, tokens, melody.*layers for 2"):
        tiny(conditions={"melody": MELODY})


@torch.no_grad()
def test_several_vectors_beside_the_time_all_matter():
    speaker = {"width": 3, "role": "embedding"}
    unet = tiny(loa_dim=None, film_dim=6, conditions={"speaker": speaker})
    noisy, step, given = inputs()
    given = {"tokens": given["tokens"]}
    for name, width in (("sentence", 6), ("speaker", 3)):
        given[name] = Condition.from_lengths(torch.randn(2, 1, width))
    base = unet(noisy, step, given)
    for name in ("sentence", "speaker"):
        other = Condition.from_lengths(-given[name].embedding)
        assert not torch.equal(base, unet(noisy, step, given | {name: other}))


def test_a_role_without_a_place_in_the_network_is_refused():
    with pytest.raises(ValueError, match="prompt has the role sequence.*no input"):
        tiny(conditions={"prompt": {"width": 3, "role": "sequence"}})


@torch.no_grad()
def test_heads_groups_and_the_encoding_of_time_may_be_chosen():
    noisy, step, given = inputs()
    usual = tiny(zero_start=False)
    before = usual(noisy, step, given)
    for options in (
        {"heads": (1, 4)},
        {"norm_num_groups": 8},
        {"norm_eps": 0.1},
        {"act_fn": "relu"},
        {"flip_sin_to_cos": False},
        {"freq_shift": 1},
    ):
        other = tiny(zero_start=False, **options)
        other.load_state_dict(usual.state_dict())
        assert not torch.allclose(other(noisy, step, given), before, atol=1e-6), options
