"""Joint training: the switch, the gradient through generation, validation, losses."""

import pytest
import torch

from espnet2.gen_audio.joint.build import build_joint
from espnet2.gen_audio.vae.posterior import posterior_to_frames

GEOMETRY = {"seconds": 0.64, "downsample": 8, "latent_channels": 2}  # 4 x 8 patches
CONFIG = {
    "loa_lm_conf": {
        "part": "loa_lm",
        "geometry_conf": GEOMETRY,
        "lm_conf": {
            "width": 8,
            "layers": 1,
            "heads": 2,
            "condition_dims": {"sentence": 7, "tokens": 5},
            "dropout": 0.0,
        },
        "model_conf": {"loa_factor": 4},
    },
    "ldm_conf": {
        "part": "ldm",
        "geometry_conf": GEOMETRY,
        "unet_conf": {
            "channels": [32, 32],
            "layers_per_block": 1,
            "loa_dim": 8,
            "tokens_dim": 5,
            "joined_dim": 8,
            "zero_start": False,
        },
        "conditions_conf": {"loa_factor": 4, "p_drop_all": 0.0},
        "null_tokens": [[0.5] * 5],
    },
}


def model(**model_conf):
    torch.manual_seed(0)
    return build_joint({**CONFIG, "model_conf": model_conf})


def batch(size=3):
    torch.manual_seed(1)
    mean = torch.randn(size, 2, 8, 8)
    return {
        "latent": posterior_to_frames(mean, torch.full_like(mean, -30.0)),
        "latent_lengths": torch.full((size,), 8),
        "loa": torch.randn(size, 32, 8),
        "loa_lengths": torch.full((size,), 32),
        "tokens": torch.randn(size, 3, 5),
        "tokens_lengths": torch.full((size,), 3),
        "sentence": torch.randn(size, 1, 7),
        "sentence_lengths": torch.ones(size).long(),
        "utt_id": ["a", "b", "c"][:size],
    }


def loa_given(net, count=1):
    """Return the LOA that the diffusion model was given in each of some batches."""
    seen = []
    real = net.ldm.loss_of

    def spy(latent, conditions, utt_id, data):
        seen.append(conditions["loa"].embedding.detach())
        return real(latent, conditions, utt_id, data)

    net.ldm.loss_of = spy
    for _ in range(count):
        net(**batch())
    return seen


def grad_of(net):
    weights = net.loa_lm.lm.parameters()
    return sum(w.grad.abs().sum().item() for w in weights if w.grad is not None)


def test_the_switch_follows_its_probability():
    net, true = model(p_true_loa=0.25).train(), model().loa_lm.pool(batch()["loa"])
    net.loa_lm.generate = lambda conditions, noise: torch.zeros_like(true)
    seen = []

    def loss_of(latent, conditions, utt_id, data):
        loa = conditions["loa"].embedding
        seen.append(bool(loa.any()))
        zero = torch.zeros(())
        return loa.sum() * 0, {"loss": zero, "eps_mse": zero}

    net.ldm.loss_of = loss_of
    data = batch()
    for _ in range(300):
        net(**data)
    assert sum(seen) / len(seen) == pytest.approx(0.25, abs=0.08)


def test_true_loa_is_pooled_by_the_language_models_factor():
    net = model(p_true_loa=1.0).train()
    torch.testing.assert_close(loa_given(net)[0], net.loa_lm.pool(batch()["loa"]))


def test_predicted_loa_is_generated():
    net = model(p_true_loa=0.0).train()
    expected = net.loa_lm.generate(net.loa_lm.conditions_of(batch()))
    torch.testing.assert_close(loa_given(net)[0], expected.detach())


def test_validation_always_uses_the_prediction():
    net = model(p_true_loa=1.0).eval()
    expected = net.loa_lm.generate(net.loa_lm.conditions_of(batch()))
    torch.testing.assert_close(loa_given(net)[0], expected.detach())


@pytest.mark.parametrize(("p_true_loa", "reaches"), [(0.0, True), (1.0, False)])
def test_the_diffusion_loss_reaches_the_language_model_through_generation(
    p_true_loa, reaches
):
    net = model(p_true_loa=p_true_loa, lm_weight=0.0).train()
    net(**batch())[0].backward()
    assert (grad_of(net) > 0) == reaches


def test_without_backprop_the_language_model_gets_no_diffusion_loss():
    net = model(
        p_true_loa=0.0, lm_weight=0.0, backprop_through_generation=False
    ).train()
    expected = net.loa_lm.generate(net.loa_lm.conditions_of(batch())).detach()
    torch.testing.assert_close(loa_given(net)[0], expected)
    assert net.loa_lm.training
    net(**batch())[0].backward()
    assert grad_of(net) == 0
    assert net.ldm.unet.net.conv_in.weight.grad.abs().sum() > 0


def test_the_loss_is_the_weighted_sum_of_both():
    net = model(lm_weight=0.5).eval()
    loss, stats, weight = net(**batch())
    lm_loss, lm_stats, _ = net.loa_lm(**batch())
    expected = stats["diffusion_loss"] + 0.5 * lm_loss
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(stats["l1"], lm_stats["l1"])
    assert torch.isfinite(stats["eps_mse"])
    assert weight == 3


def test_both_parts_learn_and_only_the_unet_is_averaged():
    net = model().train()
    net(**batch())[0].backward()
    assert grad_of(net) > 0
    assert net.ldm.unet.net.conv_in.weight.grad.abs().sum() > 0
    net.update_ema()
    assert net.ema.num_updates == 1
    assert not [n for n in net.state_dict() if "ema" in n and not n.startswith("ldm.")]


def test_the_unet_is_aligned_with_the_true_patches_whatever_it_is_conditioned_on():
    ldm = CONFIG["ldm_conf"] | {"alignment_conf": {"weight": 0.5, "until": 0.5}}
    torch.manual_seed(0)
    net = build_joint({**CONFIG, "ldm_conf": ldm, "model_conf": {"p_true_loa": 0.0}})
    net.train()
    targets, error = [], net.ldm.alignment.error
    net.ldm.alignment.error = lambda features, patches: (
        targets.append(patches) or error(features, patches)
    )
    torch.manual_seed(2)
    shown = net(**batch())[1]
    assert torch.equal(targets[0], batch()["loa"])
    plain = model(p_true_loa=0.0).train()
    torch.manual_seed(2)
    expected = plain(**batch())[1]
    added = shown["diffusion_loss"] - expected["diffusion_loss"]
    torch.testing.assert_close(added, 0.5 * shown["alignment"])
    net.set_progress(0.5)
    torch.manual_seed(2)
    ended = net(**batch())[1]
    assert torch.equal(ended["loss"], expected["loss"]) and "alignment" not in ended
    net.drop_alignment()
    assert net.state_dict().keys() == plain.state_dict().keys()


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="p_true_loa 1.5"):
        model(p_true_loa=1.5)


def flow_model(**model_conf):
    torch.manual_seed(0)
    lm_conf = CONFIG["loa_lm_conf"]["lm_conf"]
    lm_conf = lm_conf | {"head": "flow", "head_conf": {"inner": 8, "steps": 2}}
    part = CONFIG["loa_lm_conf"] | {"lm_conf": lm_conf}
    net = build_joint({**CONFIG, "loa_lm_conf": part, "model_conf": model_conf})
    for weight in net.loa_lm.lm.head.network.parameters():  # some start at zero
        torch.nn.init.normal_(weight, std=0.3)
    return net


def test_the_diffusion_loss_goes_through_the_samples_of_a_flow_head():
    net = flow_model(p_true_loa=0.0, lm_weight=0.0).train()
    net(**batch())[0].backward()
    head = net.loa_lm.lm.head.network
    assert head.velocity.weight.grad.abs().sum() > 0
    assert net.loa_lm.lm.gpt2.wpe.weight.grad.abs().sum() > 0


def test_samples_of_a_flow_head_are_new_in_training_and_fixed_in_validation():
    net = flow_model(p_true_loa=0.0, backprop_through_generation=False)
    net.train()
    conditions = net.loa_lm.conditions_of(batch())
    first, second = (
        net.loa_lm.generate(conditions, noise=net.loa_lm.start_noise(3))
        for _ in range(2)
    )
    assert not torch.allclose(first, second, atol=1e-2)
    net = flow_model().eval()
    first, second = loa_given(net, 2)
    assert torch.equal(first, second)


def test_training_options_of_the_diffusion_model_hold_here_too():
    options = {
        "schedule_conf": {"loss_weighting": "min_snr", "num_steps": 600},
        "model_conf": {"step_distribution": "stratified", "draws_per_clip": 2},
    }
    torch.manual_seed(0)
    net = build_joint(
        {
            **CONFIG,
            "ldm_conf": {**CONFIG["ldm_conf"], **options},
            "model_conf": {"p_true_loa": 0.0, "lm_weight": 0.0},
        }
    ).train()
    rows, real = [], net.ldm._errors

    def spy(x0, eps, time, conditions):
        rows.append((time, conditions["loa"].embedding))
        return real(x0, eps, time, conditions)

    net.ldm._errors = spy
    loss, _, weight = net(**batch())
    ((time, loa),) = rows
    assert sorted((time // 100).tolist()) == list(range(6)) and weight == 3
    assert torch.equal(loa[::2], loa[1::2])  # generated once, for both draws
    loss.backward()
    assert grad_of(net) > 0


def test_a_diffusion_model_without_loa_is_refused_before_training():
    unet = {**CONFIG["ldm_conf"]["unet_conf"], "loa_dim": None}
    ldm_conf = {**CONFIG["ldm_conf"], "unet_conf": unet}
    with pytest.raises(ValueError, match="no LOA .loa_dim: null.*--skip_joint true"):
        build_joint({**CONFIG, "ldm_conf": ldm_conf})
