"""Guidance: its formula, where it acts, what it saves, and what is refused."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.diffusion.build import build_backbone
from espnet2.gen_audio.sampling.guidance import Guidance, GuidedDenoiser, guided

NOISY = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(0))


def denoiser(guidance, reuse_every=1, calls=None):
    """Return a denoiser whose halves predict 3 and 1 times the input."""
    calls = [] if calls is None else calls

    def both(noisy, step, reuse):
        calls.append(("both", reuse))
        return torch.cat([3 * noisy, noisy])

    def conditional(noisy, step, reuse):
        calls.append(("conditional", reuse))
        return 3 * noisy

    return GuidedDenoiser(
        lambda: both, lambda: conditional, guidance, 1000, reuse_every
    )


def at(step):
    return torch.full((2,), step)


@pytest.mark.parametrize("scale", [0.0, 0.5, 3.5])
def test_the_prediction_moves_away_from_the_null_prediction(scale):
    made = denoiser(Guidance(scale))(NOISY, at(500))
    torch.testing.assert_close(made, NOISY + scale * 2 * NOISY)


def test_a_scale_of_one_and_steps_outside_the_interval_need_no_null_prediction():
    calls = []
    assert torch.equal(denoiser(Guidance(1.0), calls=calls)(NOISY, at(5)), 3 * NOISY)
    inside = denoiser(Guidance(2.0, (0.2, 0.6)), calls=calls)
    for step in (100, 200, 600, 700):
        inside(NOISY, at(step))
    assert [half for half, _ in calls] == [
        "conditional",
        "conditional",
        "both",
        "both",
        "conditional",
    ]


def test_rescaling_in_full_gives_the_std_of_the_conditional_prediction():
    made = denoiser(Guidance(4.0, rescale=1.0))(NOISY, at(500))
    spread = made.std(dim=(1, 2, 3)) / (3 * NOISY).std(dim=(1, 2, 3))
    torch.testing.assert_close(spread, torch.ones(2))
    half = denoiser(Guidance(4.0, rescale=0.5))(NOISY, at(500))
    plain = denoiser(Guidance(4.0))(NOISY, at(500))
    torch.testing.assert_close(half, (made + plain) / 2)


def test_features_are_reused_between_full_passes_and_never_with_and_without_guidance():
    calls = []
    reusing = denoiser(Guidance(2.0, (0.0, 0.5)), reuse_every=3, calls=calls)
    for step in (900, 800, 500, 400, 300, 200):
        reusing(NOISY, at(step))
    assert calls == [
        ("conditional", False),
        ("conditional", True),
        ("both", False),
        ("both", True),
        ("both", True),
        ("both", False),
    ]


def test_the_network_gets_its_own_precision_and_the_latents_keep_theirs():
    seen = []

    def both(noisy, step, reuse):
        seen.append(noisy.dtype)
        return torch.cat([noisy, noisy])

    half = torch.bfloat16
    made = GuidedDenoiser(lambda: both, None, Guidance(2.0), 1000, 1, half)
    assert made(NOISY, at(1)).dtype == torch.float32 and seen == [half]


@pytest.mark.parametrize(
    "numbers, message",
    [
        ({"scale": -1.0}, "guidance_scale -1.0"),
        ({"scale": float("nan")}, "guidance_scale nan"),
        ({"interval": (0.6, 0.2)}, "must ascend"),
        ({"interval": (0.0, 1.5)}, "within 0"),
        ({"rescale": 2.0}, "guidance_rescale 2.0"),
    ],
)
def test_numbers_out_of_range_are_refused(numbers, message):
    with pytest.raises(ValueError, match=message):
        Guidance(**numbers)


def network():
    """Return a U-Net of one latent channel that attends to LOA of width 8."""
    sizes = {"latent_channels": 1, "channels": [32, 32], "layers_per_block": 1}
    widths = {"loa_dim": 8, "tokens_dim": None}
    return build_backbone({"unet_conf": sizes | widths | {"zero_start": False}})


def test_a_missing_null_condition_and_a_reuse_of_zero_are_refused():
    unet = network()
    loa = {"loa": Condition.from_lengths(torch.ones(1, 2, 8))}
    with pytest.raises(ValueError, match="null conditions \\[\\]; use"):
        guided(unet, loa, {}, Guidance(), 1000)
    with pytest.raises(ValueError, match="reuse_every 0"):
        denoiser(Guidance(), reuse_every=0)


@torch.no_grad()
def test_a_plain_network_is_guided_by_the_formula_and_refuses_to_reuse_features():
    torch.manual_seed(0)
    unet = network()
    loa = {"loa": Condition.from_lengths(torch.randn(2, 3, 8))}
    null = {"loa": Condition.from_lengths(torch.zeros(2, 3, 8))}
    noisy, step = torch.randn(2, 1, 8, 8), at(500)
    made = guided(unet.eval(), loa, null, Guidance(3.0), 1000)(noisy, step)
    conditional, away = unet(noisy, step, loa), unet(noisy, step, null)
    wanted = away + 3.0 * (conditional - away)
    torch.testing.assert_close(made, wanted, rtol=1e-4, atol=1e-5)
    reusing = guided(unet, loa, null, Guidance(3.0), 1000, reuse_every=2)
    reusing(noisy, step)
    with pytest.raises(ValueError, match="prepare"):
        reusing(noisy, step)
