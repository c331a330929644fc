"""Alignment of middle features: its law, its gradients, its end, its refusals."""

import pytest
import torch

from espnet2.gen_audio.diffusion.alignment import MiddleAlignment, build_alignment
from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone
from espnet2.gen_audio.diffusion.build import build_ldm
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
ON = {"weight": 0.5, "width": 16}


class Bare(AbsBackbone):
    def forward(self, noisy, time, conditions):
        return torch.zeros_like(noisy)


def model(**changes):
    torch.manual_seed(0)
    return build_ldm({**CONFIG, **changes})


def batch(names=("a", "b", "c")):
    """The latent of that geometry is (2, 8, 8), and it has 4 x 8 patches."""
    torch.manual_seed(1)
    size = len(names)
    mean = torch.randn(size, 2, 8, 8)
    return {
        "latent": posterior_to_frames(mean, torch.full_like(mean, -30.0)),
        "latent_lengths": torch.full((size,), 8),
        "loa": torch.randn(size, 32, 6),
        "loa_lengths": torch.full((size,), 32),
        "tokens": torch.randn(size, 3, 5),
        "tokens_lengths": torch.full((size,), 3),
        "utt_id": list(names),
    }


def alone(data, n):
    return {key: value[n : n + 1] for key, value in data.items()}


def aligned(conf=ON, **changes):
    return model(alignment_conf=conf, **changes)


def with_grid_features(patches, manifold=3.0):
    """Return an alignment whose head is a matrix, and features that it maps exactly."""
    net = aligned(ON | {"manifold": manifold}).alignment
    net.head = torch.nn.Linear(patches.shape[2], patches.shape[2])
    with torch.no_grad():
        net.head.bias.fill_(0.3)
        given = (patches - net.head.bias) @ torch.linalg.inv(net.head.weight).T
    return net, given.transpose(1, 2).unflatten(2, net.grid)


def test_features_that_the_head_maps_to_the_targets_have_no_error():
    patches = batch()["loa"]
    net, features = with_grid_features(patches)
    torch.testing.assert_close(
        net.error(features, patches), torch.zeros(3), atol=1e-4, rtol=0
    )
    # each clip has its own targets, and positions their own places
    assert (net.error(features, patches.roll(1, 0)) > 0.3).all()
    assert (net.error(features.flip(3), patches) > 0.3).all()


def test_the_error_is_one_minus_the_cosine_and_the_difference_of_similarities():
    patches = torch.zeros(1, 32, 6)
    patches[0, :, 0] = 1.0
    patches[0, :16, 0], patches[0, :16, 1] = 0.0, 1.0  # two halves, orthogonal
    net, features = with_grid_features(patches, manifold=2.0)
    same = patches.clone()
    same[0, :16] = same[0, 16:]  # all positions alike: half of the cosines are zero
    # two of four blocks of the similarities are wrong by one
    assert net.error(features, same).item() == pytest.approx(0.5 + 2.0 * 0.5, abs=1e-4)
    net.manifold = 0.0
    assert net.error(features, same).item() == pytest.approx(0.5, abs=1e-4)


def test_several_rows_of_a_clip_are_measured_with_its_targets():
    patches = batch()["loa"]
    net, features = with_grid_features(patches)
    other = patches.roll(1, 0)
    once = net.error(features, other)
    twice = net.error(features.repeat_interleave(2, dim=0), other)
    torch.testing.assert_close(once, twice)


def test_a_step_of_several_draws_is_aligned_row_by_row():
    net = aligned(model_conf={"draws_per_clip": 3}).train()
    with torch.no_grad():
        for weight in net.unet.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    loss, shown, weight = net(**batch())
    assert weight == 3 and shown["alignment"].shape == (1,)
    torch.manual_seed(5)
    features = torch.randn(9, 32, 4, 4)
    error = net.alignment.error(features, batch()["loa"])
    each = [net.alignment.error(features[n::3], batch()["loa"]) for n in range(3)]
    torch.testing.assert_close(error, torch.stack(each).mean(dim=0))


def test_smaller_grids_are_upsampled_to_that_of_the_patches():
    net = aligned().alignment
    features = torch.randn(2, 32, 2, 2)
    loss = net.error(features, torch.randn(2, 32, 6))
    assert loss.shape == (2,) and net.grid == (4, 8)


def test_gradients_reach_encoder_and_middle_but_not_decoder_or_targets():
    net = aligned().train()
    with torch.no_grad():
        for weight in net.unet.parameters():  # away from the zero start
            weight.add_(0.05 * torch.randn_like(weight))
    data = batch()
    data["loa"].requires_grad_()
    net.conditions.p_drop = 1.0  # so that no other way leads to the patches
    with net.alignment.measured(net.unet, data, None) as errors:
        net.loss_of(data["latent"], net.conditions.of_batch(data), None, data)
    errors[0].mean().backward()
    reached = {
        n for n, w in net.named_parameters() if w.grad is not None and w.grad.any()
    }
    places = {".".join(name.split(".")[:3]) for name in reached}
    assert {"unet.net.conv_in", "unet.net.down_blocks", "unet.net.mid_block"} <= places
    assert {"unet.net.up_blocks", "unet.net.conv_out"}.isdisjoint(places)
    assert any(name.startswith("alignment.head") for name in reached)
    assert data["loa"].grad is None or not data["loa"].grad.any()


def test_without_the_option_nothing_is_drawn_or_changed():
    plain, none = model(), model(alignment_conf={})
    assert (
        none.alignment is None and none.state_dict().keys() == plain.state_dict().keys()
    )
    net = aligned()
    own = net.state_dict()
    # the head is drawn last, so that both trainings begin alike
    assert all(torch.equal(own[name], w) for name, w in plain.state_dict().items())
    losses = []
    for each in (plain, none, net):
        torch.manual_seed(3)
        losses.append(each.train()(**batch())[1])
    assert torch.equal(losses[0]["loss"], losses[1]["loss"])
    assert torch.equal(losses[0]["eps_mse"], losses[2]["eps_mse"])
    expected = losses[0]["loss"] + 0.5 * losses[2]["alignment"]
    torch.testing.assert_close(losses[2]["loss"], expected)
    assert "alignment" not in losses[0]


def test_targets_are_the_true_patches_where_the_condition_was_dropped():
    net, data = aligned(), batch()
    net.conditions.p_drop = 1.0
    seen = []
    error = net.alignment.error
    net.alignment.error = lambda features, patches: seen.append(patches) or error(
        features, patches
    )
    net.train()(**data)
    assert torch.equal(seen[0], data["loa"])


def test_a_model_without_the_condition_is_aligned_if_the_width_is_stated():
    unet = CONFIG["unet_conf"] | {"loa_dim": None}
    with pytest.raises(ValueError, match="without the condition loa.*patch_width"):
        aligned(unet_conf=unet)
    net = aligned(ON | {"patch_width": 6}, unet_conf=unet)
    assert "loa" not in net.unet.widths
    assert net.train()(**batch())[1]["alignment"] > 0


def test_validation_reports_alignment_and_its_loss_is_without():
    net, plain = aligned().eval(), model().eval()
    shown, expected = net(**batch())[1], plain(**batch())[1]
    assert torch.equal(shown["loss"], expected["loss"]) and shown["alignment"] > 0
    torch.testing.assert_close(
        torch.stack(
            [net(**alone(batch(), n))[1]["alignment"] for n in range(3)]
        ).mean(),
        shown["alignment"][0],
    )


def test_it_ends_after_its_fraction_of_the_training():
    net, plain = aligned(ON | {"until": 0.7}).train(), model().train()
    for done, measured in ((0.0, True), (0.6, True), (7 / 10, False), (0.9, False)):
        net.set_progress(done)
        torch.manual_seed(3)
        loss, shown, _ = net(**batch())
        assert ("alignment" in shown) == measured
    torch.manual_seed(3)
    assert torch.equal(loss, plain(**batch())[0])
    loss.backward()  # data-parallel training needs every weight in the graph
    assert not net.alignment.head[0].weight.grad.any()
    assert "alignment" in net.eval()(**batch())[1]


def test_the_head_learns_with_the_network():
    net = aligned().train()
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    errors = []
    for _ in range(40):
        optimiser.zero_grad()
        loss, shown, _ = net(**batch())
        loss.backward()
        optimiser.step()
        errors.append(shown["alignment"].item())
    assert sum(errors[-5:]) < 0.8 * sum(errors[:5])
    assert not net.unet.middle[0]._forward_hooks  # none stays behind


def test_the_average_and_generation_are_without_the_head():
    net = aligned()
    assert len(list(net.ema.parameters())) == len(list(net.unet.parameters()))
    net.drop_alignment()
    assert not [name for name in net.state_dict() if name.startswith("alignment")]


def test_a_backbone_without_middle_features_is_refused():
    bare = Bare([], ClipGeometry())
    assert build_alignment({}, bare) is None
    with pytest.raises(
        ValueError, match="Bare has no middle features; remove it"
    ) as error:
        build_alignment({"alignment_conf": ON | {"patch_width": 3}}, bare)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"weight": 0.0}, "weight 0.0 must be above 0"),
        ({"weight": float("inf")}, "weight: got .inf."),
        ({"manifold": -1.0}, "manifold -1.0 at least 0"),
        ({"width": 0}, "width 0"),
        ({"until": 0.0}, "until 0.0 above 0 and at most 1"),
        ({"until": 1.5}, "until 1.5"),
        ({"wait": 1}, "alignment_conf does not fit.*wait"),
    ],
)
def test_values_that_do_not_fit_are_refused(conf, message):
    with pytest.raises(ValueError, match=message) as error:
        aligned(conf)
    assert "\n" not in str(error.value)


def test_targets_that_are_missing_pooled_or_short_are_refused():
    unet = CONFIG["unet_conf"] | {"loa_dim": None}
    net = aligned(ON | {"patch_width": 6}, unet_conf=unet).train()
    data = batch()
    loa = data.pop("loa")
    with pytest.raises(ValueError, match="needs 'loa' in the data.*dump_loa"):
        net(**data)
    with pytest.raises(
        ValueError, match=r"32 patches with 6 features, and got \(8, 6\)"
    ):
        net(**data, loa=loa[:, :8])
    data["loa_lengths"] = torch.tensor([32, 31, 32])
    with pytest.raises(ValueError, match=r"loa of \['b'\] is shorter"):
        net(**data, loa=loa)
    assert isinstance(net.alignment, MiddleAlignment)
