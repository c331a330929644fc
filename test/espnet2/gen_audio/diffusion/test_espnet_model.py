"""The diffusion loss: its value, what validation fixes, its average, its refusals."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import ConditionSpec, Role, as_matrix
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.posterior import posterior_to_frames

CONFIG = {
    "geometry_conf": {"seconds": 0.64, "downsample": 8, "latent_channels": 2},
    "unet_conf": {
        "channels": [32, 32],
        "layers_per_block": 1,
        "loa_dim": 6,
        "tokens_dim": 5,
        "joined_dim": 8,
    },
    "conditions_conf": {"loa_factor": 4, "loa_factors": [2, 4]},
    "null_tokens": [[0.5] * 5],
    "latent_scale": 0.5,
}
SHAPE = (2, 8, 8)  # the latent of that geometry; 4 x 8 patches


def model(**changes):
    torch.manual_seed(0)
    return build_ldm({**CONFIG, **changes})


def batch(names=("a", "b", "c"), mean=None, log_variance=-30.0):
    torch.manual_seed(1)
    size = len(names)
    mean = torch.randn(size, *SHAPE) if mean is None else mean
    latent = posterior_to_frames(mean, torch.full_like(mean, log_variance))
    return {
        "latent": latent,
        "latent_lengths": torch.full((size,), 8),
        "loa": torch.randn(size, 32, 6),
        "loa_lengths": torch.full((size,), 32),
        "tokens": torch.randn(size, 3, 5),
        "tokens_lengths": torch.arange(size).clamp(max=2) + 1,
        "sentence": torch.randn(size, 1, 7),
        "utt_id": list(names),
    }


def rows(full, *wanted):
    chosen = list(wanted)
    return {
        key: [value[n] for n in chosen] if key == "utt_id" else value[chosen]
        for key, value in full.items()
    }


@pytest.mark.parametrize("objective", ["eps", "v", "x0"])
def test_a_network_that_says_zero_has_the_loss_of_the_target(objective):
    # a fresh network says zero, so the loss is the mean square of the target
    net = model(model_conf={"objective": objective}).train()
    mean = torch.full((64, *SHAPE), 3.0)
    torch.manual_seed(2)
    loss, stats, weight = net(**batch([str(n) for n in range(64)], mean))
    scaled = 0.5 * 3.0
    if objective == "eps":
        assert loss.item() == pytest.approx(1.0, rel=0.05)
        assert stats["eps_mse"].item() == pytest.approx(loss.item(), rel=1e-5)
    elif objective == "x0":
        assert loss.item() == pytest.approx(scaled**2, rel=1e-4)
    else:
        assert 1.0 < loss.item() < scaled**2
    assert weight == 64


def test_the_latent_is_drawn_from_its_posterior_and_scaled():
    net = model(model_conf={"objective": "x0"}).train()
    mean = torch.zeros(64, *SHAPE)
    names = [str(n) for n in range(64)]
    loss, *_ = net(**batch(names, mean, log_variance=0.0))
    assert loss.item() == pytest.approx(0.25, rel=0.05)  # (scale x std)^2


def test_validation_repeats_itself_and_training_does_not():
    net = model(model_conf={"valid_draws": 3}).eval()
    once, twice = (net(**batch())[1]["eps_mse"] for _ in range(2))
    assert torch.equal(once, twice)
    net, data = net.train(), batch()
    assert not torch.equal(net(**data)[0], net(**data)[0])


def test_validation_of_a_clip_does_not_depend_on_its_batch_mates():
    net = model(model_conf={"valid_draws": 2}).eval()
    with torch.no_grad():
        for weight in net.unet.parameters():  # away from the zero start
            weight.add_(0.05 * torch.randn_like(weight))
        full = net(**batch())[1]["eps_mse"]
        alone = [net(**rows(batch(), n))[1]["eps_mse"] for n in (2, 0, 1)]
    torch.testing.assert_close(torch.cat(alone).mean(), full[0], rtol=1e-5, atol=0)


def test_the_objective_does_not_change_what_eps_mse_measures():
    # networks that are right have no error, whatever they predict
    for objective in ("eps", "v", "x0"):
        net = model(model_conf={"objective": objective}).eval()
        truth = {}
        net.process.add_noise = _spy(net.process.add_noise, truth)
        net.unet.forward = lambda noisy, time, *_: net.process.target(
            truth["x0"], truth["eps"], time
        )
        assert net(**batch())[1]["eps_mse"].item() < 1e-6


def _spy(add_noise, seen):
    def spied(x0, eps, step):
        seen.update(x0=x0, eps=eps)
        return add_noise(x0, eps, step)

    return spied


def test_training_goes_on_alike_from_a_seed():
    losses = []
    for _ in range(2):
        net = model().train()
        torch.manual_seed(7)
        losses.append([net(**batch())[0].item() for _ in range(3)])
    assert losses[0] == losses[1]


def test_it_learns_one_batch():
    net = model(
        model_conf={"objective": "v"}, conditions_conf={"loa_factor": 4}
    ).train()
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    torch.manual_seed(0)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = net(**batch())[0]
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_the_average_follows_the_network_and_leaves_it_in_validation():
    net = model(model_conf={"ema_decay": 0.5})
    for _ in range(2):
        with torch.no_grad():
            for weight in net.unet.parameters():
                weight.add_(1.0)
        net.update_ema()
    live = net.unet.net.conv_in.bias.clone()
    with net.ema_weights():
        assert not torch.equal(net.unet.net.conv_in.bias, live)
    assert torch.equal(net.unet.net.conv_in.bias, live)
    net.use_ema()
    assert not torch.equal(net.unet.net.conv_in.bias, live)


def test_without_an_average_nothing_is_kept():
    net = model(model_conf={"ema_decay": None})
    net.update_ema()
    with net.ema_weights():
        pass
    assert not [name for name in net.state_dict() if not name.startswith("unet.")]


def test_clips_whose_loss_is_not_finite_are_named():
    mean = torch.zeros(3, *SHAPE)
    mean[1, 0, 0, 0] = float("nan")
    with pytest.raises(RuntimeError, match=r"\['b'\]"):
        model().train()(**batch(mean=mean))


@pytest.mark.parametrize("name", ["latent", "loa"])
def test_a_padded_clip_is_refused_by_its_name(name):
    data = batch()
    data[f"{name}_lengths"][2] -= 1
    with pytest.raises(ValueError, match=rf"{name} of \['c'\] is shorter"):
        model()(**data)


def test_latents_of_another_geometry_are_refused():
    data = batch(mean=torch.zeros(3, 2, 4, 8))
    data["latent_lengths"][:] = 4
    with pytest.raises(ValueError, match="geometry"):
        model()(**data)


def test_validation_without_ids_is_refused():
    data = batch()
    data.pop("utt_id")
    with pytest.raises(ValueError, match="utt_id"):
        model().eval()(**data)


@pytest.mark.parametrize("takes", ["text", "sentence"])
def test_a_model_without_loa_trains_on_the_condition_it_takes(takes):
    torch.manual_seed(0)
    geometry = {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32, "latent_channels": 4}
    dims = {"text": {"tokens_dim": 5}, "sentence": {"tokens_dim": None, "film_dim": 5}}
    unet = {"channels": [32, 32], "layers_per_block": 1, "loa_dim": None}
    config = {"geometry_conf": geometry, "unet_conf": unet | dims[takes]}
    config |= {"null_tokens": None, "null_sentence": None}
    config["null_tokens" if takes == "text" else "null_sentence"] = [[0.0] * 5]
    config["conditions_conf"] = {"p_drop_all": 0.5}
    model = build_ldm(config).train()
    channels, frames, bins = model.geometry.latent_shape
    batch = {
        "latent": torch.randn(4, frames, 2 * channels * bins),
        "latent_lengths": torch.full((4,), frames),
    }
    states = torch.randn(4, 1 if takes == "sentence" else 3, 5)
    name = "sentence" if takes == "sentence" else "tokens"
    batch |= {name: states, f"{name}_lengths": torch.full((4,), states.shape[1])}
    loss, _, _ = model(**batch)
    loss.backward()
    assert loss.isfinite() and model.unet.net.conv_out.weight.grad.abs().sum() > 0
    batch.pop(name)
    with pytest.raises(ValueError, match=f"needs data named '{name}'"):
        model(**batch)


def test_dropped_clips_get_the_empty_captions_vector():
    conditions = LatentConditions(
        ClipGeometry(seconds=0.64, fbank_bins=32),
        [ConditionSpec("sentence", 3, (Role.EMBEDDING,), as_matrix([[7.0] * 3]), None)],
        pool_factor=2,
        p_drop=0.5,
    )
    torch.manual_seed(0)
    given = {"sentence": Condition.from_lengths(torch.zeros(64, 1, 3))}
    mixed = conditions.drop(given)
    dropped = (mixed["sentence"].embedding[:, 0, 0] == 7).sum().item()
    assert mixed.keys() == {"sentence"} and 16 < dropped < 48


WHOLE = {"conditions_conf": {"loa_factor": 4, "p_drop_all": 0.0}}
TRAINING = {
    "schedule_conf": {"loss_weighting": "min_snr", "num_steps": 900},
    "model_conf": {"step_distribution": "stratified", "draws_per_clip": 3},
}


def shaken(**changes):
    """Return a model in training whose network does not predict zero any more."""
    net = model(**changes).train()
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in net.unet.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    return net


def gradient(net, loss):
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, _weights(net))])


def _weights(net):
    return list(net.unet.parameters())


def test_without_options_loss_and_random_numbers_are_those_of_the_paper_to_the_bit():
    net, data = shaken(), batch()
    torch.manual_seed(5)
    loss, stats, _ = net(**data)
    after = torch.rand(())
    torch.manual_seed(5)
    conditions = net.conditions.of_batch(data)
    conditions = net.conditions.drop(conditions)
    time = torch.randint(1000, (3,))
    mean, log_variance = net._posterior(data["latent"])
    posterior_noise, eps = torch.randn_like(mean), torch.randn_like(mean)
    x0 = 0.5 * (mean + (0.5 * log_variance).exp() * posterior_noise)
    predicted = net.unet(net.process.add_noise(x0, eps, time), time, conditions)
    assert torch.equal(torch.rand(()), after)
    wanted = (predicted - eps).square().mean(dim=(1, 2, 3)).mean()
    assert torch.equal(loss[0], wanted) and torch.equal(stats["eps_mse"][0], wanted)
    assert torch.equal(gradient(net, loss), gradient(net, wanted))


def test_draws_of_a_clip_are_those_of_a_batch_that_holds_it_as_often():
    net, data = shaken(model_conf={"draws_per_clip": 2}), batch()
    torch.manual_seed(5)
    loss, stats, weight = net(**data)
    net.draws_per_clip = 1
    torch.manual_seed(5)
    wanted, wanted_stats, _ = net(**rows(data, 0, 0, 1, 1, 2, 2))
    torch.testing.assert_close(loss, wanted, rtol=1e-6, atol=0)
    torch.testing.assert_close(stats["eps_mse"], wanted_stats["eps_mse"])
    assert weight == 3  # clips, by which ESPnet weighs batches


def test_the_loss_of_several_draws_is_the_mean_of_single_ones():
    net, data = shaken(**WHOLE, model_conf={"draws_per_clip": 3}), batch()
    drawn, real = [], net._draws
    net._draws = lambda *args: drawn.extend(real(*args)) or drawn
    loss = net(**data)[0]
    ((time, posterior_noise, eps),) = drawn
    assert len(time) == len(eps) == 9 and len(set(time.tolist())) > 3
    net.draws_per_clip = 1
    singles = []
    for n in range(3):
        one = time[n::3], posterior_noise[n::3], eps[n::3]
        net._draws = lambda *_, one=one: [one]
        singles.append(net(**data)[0])
    mean = torch.stack(singles).mean()
    torch.testing.assert_close(loss[0], mean, rtol=1e-6, atol=0)
    found, wanted = gradient(net, loss), gradient(net, mean)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)


def test_conditions_are_dropped_for_each_draw_of_a_clip_by_itself():
    conf = {"loa_factor": 4, "p_drop_all": 0.5}
    net = shaken(conditions_conf=conf, model_conf={"draws_per_clip": 64})
    seen, real = [], net.unet.forward
    net.unet.forward = lambda *args: seen.append(args[2]) or real(*args)
    net(**batch())
    (conditions,) = seen
    null = conditions["loa"].embedding.eq(0).all(dim=2).all(dim=1)
    dropped = null.view(3, 64).sum(dim=1)
    assert dropped.min() > 16 and dropped.max() < 48


def test_stratified_times_divide_the_axis_among_all_draws_of_a_step():
    net, seen = shaken(**TRAINING), {}
    net.process.add_noise = _spy(net.process.add_noise, seen)
    times, real = [], net.unet.forward
    net.unet.forward = lambda *args: times.append(args[1]) or real(*args)
    net(**batch())
    assert sorted((times[0] // 100).tolist()) == list(range(9))
    assert len(seen["x0"]) == 9


def test_a_clip_is_named_once_if_several_of_its_draws_are_not_finite():
    mean = torch.zeros(3, *SHAPE)
    mean[1, 0, 0, 0] = float("nan")
    with pytest.raises(RuntimeError, match=r"\['b'\]"):
        shaken(**TRAINING)(**batch(mean=mean))


def test_options_of_training_leave_the_measured_error_of_validation_alone():
    plain = shaken(schedule_conf={"num_steps": 900}).eval()
    other = shaken(**TRAINING).eval()
    one, two = plain(**batch())[1], other(**batch())[1]
    assert torch.equal(one["eps_mse"], two["eps_mse"])
    assert two["loss"] < one["loss"]  # the weights of eps are below 1


def test_the_training_loss_is_weighted_by_the_times_drawn():
    conf = {"loss_weighting": "min_snr", "min_snr_gamma": 0.01}
    net, data = shaken(**WHOLE, schedule_conf=conf), batch()
    torch.manual_seed(5)
    loss = net(**data)[0]
    torch.manual_seed(5)
    net.conditions.drop(net.conditions.of_batch(data))
    weights = net.process.loss_weights(net.process.draw_times(3))
    net.process.weighting.name = "none"
    errors, real = [], net._errors
    net._errors = lambda *args: errors.append(real(*args)) or errors[-1]
    torch.manual_seed(5)
    net(**data)
    torch.testing.assert_close(loss[0], (weights * errors[0][0]).mean())
    assert weights.min() < 1.0
