"""Loss and log of the LOA language model, its conditions, and its learning."""

import pytest
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.compat import has_fast_bfloat16
from espnet2.gen_audio.encoder.caption_unit_encoder import TextUnitEncoder
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.masked_history import MaskedHistoryLanguageModel

GEOMETRY = ClipGeometry(seconds=2.56, downsample=8)  # 16 x 8 patches
WIDTH, DIMS = 16, {"sentence": 3, "tokens": 5}


def model_of(dims=None, p_prefix=None, **options):
    """Return a model; it is not autoregressive if the probability of a prefix is given.

    It has then no dropout, so that training and generation can be compared.
    """
    torch.manual_seed(0)
    build, conf = LOALanguageModel, {"max_positions": 64, "vocab_size": 1}
    if p_prefix is not None:
        build, conf = MaskedHistoryLanguageModel, conf | {"dropout": 0.0}
        conf["p_prefix"] = p_prefix
    lm = build(WIDTH, 2, 2, DIMS if dims is None else dims, **conf)
    return ESPnetLOALMModel(lm, GEOMETRY, **{"loa_factor": 4, **options})


def batch_of(clips=4):
    generator = torch.Generator().manual_seed(1)
    draw = torch.randn(clips, 128, WIDTH, generator=generator)
    draw += torch.randn(clips, 1, WIDTH, generator=generator)  # clips differ
    return {
        "loa": draw,
        "loa_lengths": torch.full((clips,), 128),
        "sentence": draw[:, :1, :3],
        "sentence_lengths": torch.ones(clips, dtype=torch.long),
        "tokens": draw[:, 1:7, :5],
        "tokens_lengths": torch.arange(1, clips + 1),
        "utt_id": [f"clip{n}" for n in range(clips)],
    }


def test_the_loss_is_the_weighted_l1_of_teacher_forcing():
    model = model_of().eval()
    batch = batch_of()
    loss, stats, weight = model(**batch)
    target = pool_patches(batch["loa"], (16, 8), (4, 4))
    error = (model.lm(model.conditions_of(batch), target) - target).abs().mean()
    assert loss.item() == pytest.approx(2 * error.item(), rel=1e-5)
    assert stats["l1"].item() == pytest.approx(error.item(), rel=1e-5)
    assert weight.item() == 4


def test_mse_and_another_weight_can_be_chosen():
    batch = batch_of()
    model = model_of(loss_type="mse", loss_weight=1.0).eval()
    target = model.pool(batch["loa"])
    predicted = model.lm(model.conditions_of(batch), target)
    expected = (predicted - target).square().mean()
    assert model(**batch)[0].item() == pytest.approx(expected.item(), rel=1e-5)


def test_pooled_and_unpooled_loa_give_the_same_loss():
    model, batch = model_of().eval(), batch_of()
    pooled = {**batch, "loa": model.pool(batch["loa"])}
    assert pooled["loa"].shape == (4, model.num_tokens, WIDTH) == (4, 8, WIDTH)
    torch.testing.assert_close(model(**batch)[0], model(**pooled)[0])


def test_loa_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 tokens.*128 patches or 8 tokens"):
        model_of().pool(torch.zeros(1, 32, WIDTH))


def test_the_generation_is_measured_in_validation_only():
    model, batch = model_of(), batch_of()
    assert set(model.train()(**batch)[1]) == {"loss", "l1"}
    stats = model.eval()(**batch)[1]
    assert set(stats) == {"loss", "l1", "l1_rollout", "l1_other"}
    rolled, target = model.generate(model.conditions_of(batch)), model.pool(
        batch["loa"]
    )
    error = (rolled - target).abs().mean()
    assert stats["l1_rollout"].item() == pytest.approx(error.item(), rel=1e-5)


def test_a_single_clip_has_no_other_to_be_compared_with():
    stats = model_of().eval()(**batch_of(clips=1))[1]
    assert "l1_other" not in stats and "l1_rollout" in stats


def test_training_brings_the_generation_nearer_to_its_own_clip_than_to_another():
    model, batch = model_of(), batch_of()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    before = model.eval()(**batch)[1]
    model.train()
    for _ in range(60):
        optimiser.zero_grad()
        model(**batch)[0].backward()
        optimiser.step()
    after = model.eval()(**batch)[1]
    assert after["l1"] < 0.8 * before["l1"]
    assert after["l1_rollout"] < 0.8 * after["l1_other"]


def test_a_missing_condition_is_named():
    batch = batch_of()
    del batch["tokens"]
    with pytest.raises(ValueError, match="needs data named 'tokens'"):
        model_of()(**batch)


def test_conditions_that_the_model_does_not_take_are_left_out():
    model = model_of({"sentence": 3})
    assert set(model.conditions_of(batch_of())) == {"sentence"}
    assert model.eval()(**batch_of())[0].isfinite()


def test_a_trained_text_encoder_makes_the_tokens_from_captions():
    encoder = TextUnitEncoder(9, width=5, heads=1, layers=1)
    model = model_of({"tokens": 5}, text_encoder=encoder)
    batch = {
        "loa": batch_of(2)["loa"],
        "caption": torch.tensor([[4, 1, 0], [2, 3, 1]]),
        "caption_lengths": torch.tensor([2, 3]),
    }
    conditions = model.conditions_of(batch)
    assert conditions["tokens"].lengths.tolist() == [2, 3]
    model(**batch)[0].backward()
    assert encoder.units.weight.grad.abs().sum() > 0


def test_a_text_encoder_of_another_width_is_refused():
    with pytest.raises(ValueError, match="width 8.*tokens: 5"):
        model_of(text_encoder=TextUnitEncoder(9, width=8, heads=1))


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="'huber'"):
        model_of(loss_type="huber")


def test_a_prefix_is_continued():
    model, batch = model_of().eval(), batch_of()
    target = model.pool(batch["loa"])
    given = model.generate(model.conditions_of(batch), prefix=target[:, :2])
    assert given.shape == target.shape
    assert torch.equal(given[:, :2], target[:, :2])


def test_statistics_are_taken_of_the_pooled_loa():
    model, batch = model_of(), batch_of()
    feats = model.collect_feats(**batch)
    torch.testing.assert_close(feats["loa"], model.pool(batch["loa"]))
    assert feats["loa_lengths"].tolist() == [8] * 4


def test_a_model_that_is_not_autoregressive_trains_as_it_generates():
    model, batch = model_of(p_prefix=0.0), batch_of()
    l1 = model.train(False)(**batch)[1]["l1_rollout"]
    torch.testing.assert_close(model.train(True)(**batch)[1]["l1"], l1)


def test_a_prefix_is_given_in_training_only_and_is_not_to_be_predicted():
    model, batch = model_of(p_prefix=1.0), batch_of()
    target = model.pool(batch["loa"])
    torch.manual_seed(1)
    model.train()
    drawn = {round(model(**batch)[1]["l1"].item(), 5) for _ in range(80)}
    given = model.conditions_of(batch)
    expected = set()
    for place in range(1, 8):
        rest = model.generate(given, prefix=target[:, :place])[:, place:]
        expected.add(round((rest - target[:, place:]).abs().mean().item(), 5))
    assert drawn == expected
    model.eval()
    assert len({model(**batch)[1]["l1"].item() for _ in range(6)}) == 1


def test_guided_heads_add_their_loss_in_training_alone():
    model, batch = model_of(guided_attention_weight=0.5), batch_of()
    model.lm.gpt2.set_attn_implementation("eager")
    batch["num_samples"] = torch.full((4, 1), GEOMETRY.samples)
    assert "guide" not in model.eval()(**batch)[1]
    model.train().lm.eval()
    loss, stats, _ = model(**batch)
    expected = 2.0 * stats["l1"] + 0.5 * stats["guide"]
    torch.testing.assert_close(loss.detach(), expected)
    assert stats["guide"] > 0.0


def test_a_guide_without_lengths_or_without_text_is_refused():
    model, batch = model_of(guided_attention_weight=0.5), batch_of()
    model.lm.gpt2.set_attn_implementation("eager")
    with pytest.raises(ValueError, match="num_samples.*utt2num_samples"):
        model.train()(**batch)
    model = model_of({"tokens": 5, "sentence": 3}, guided_attention_weight=0.5)
    model.lm.gpt2.set_attn_implementation("eager")
    batch["num_samples"] = torch.full((4, 1), GEOMETRY.samples)
    with pytest.raises(ValueError, match="tokens as the last condition"):
        model.train()(**batch)


def test_bfloat16_is_a_matter_of_training_and_of_rounding():
    plain, cast = model_of(), model_of(cpu_bfloat16=True)
    batch = batch_of()
    assert torch.equal(plain.eval()(**batch)[0], cast.eval()(**batch)[0])
    for model in (plain, cast):
        model.train().lm.eval()
    expected, loss = plain(**batch)[0], cast(**batch)[0]
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected, rtol=0.01, atol=0.0)
    # where the CPU cannot, nothing changes
    assert torch.equal(loss, expected) is not has_fast_bfloat16()


def flow_model_of(build=LOALanguageModel):
    """Return a model with a flow head whose velocity is not zero."""
    model = model_of()
    conf = {"inner": 8, "blocks": 1, "steps": 2}
    flow = {"head": "flow", "head_conf": conf, "vocab_size": 1}
    model.lm = build(WIDTH, 2, 2, DIMS, max_positions=64, **flow)
    torch.nn.init.normal_(model.lm.head.network.velocity.weight, std=0.3)
    return model


def test_a_flow_head_is_compared_by_the_error_of_its_mean():
    model, batch = flow_model_of().eval(), batch_of()
    loss, stats, _ = model(**batch)
    target = model.pool(batch["loa"])
    hidden = model.lm(model.conditions_of(batch), target)
    l1 = (model.lm.head.mean_of(hidden) - target).abs().mean()
    assert stats["l1"].item() == pytest.approx(l1.item(), rel=1e-5)
    noise = model.start_noise(4, batch["utt_id"])
    drawn = model.generate(model.conditions_of(batch), noise=noise)
    error = (drawn - target).abs().mean()
    assert stats["l1_rollout"].item() == pytest.approx(error.item(), rel=1e-4)
    assert stats["loss"] == loss


def test_validation_of_a_flow_head_is_the_same_each_time_and_training_is_not():
    model, batch = flow_model_of(), batch_of()
    first, second = (model.eval()(**batch)[1] for _ in range(2))
    assert first == second
    model.train().lm.gpt2.eval()  # no dropout
    model.lm.head.batches.fill_(1000)
    assert model(**batch)[0] != model(**batch)[0]


def test_validation_of_a_flow_head_without_ids_is_refused():
    batch = batch_of()
    del batch["utt_id"]
    with pytest.raises(ValueError, match="seeds its noise by utt_id"):
        flow_model_of().eval()(**batch)
    assert model_of().eval()(**batch)[0].isfinite()


@pytest.mark.parametrize("build", [LOALanguageModel, MaskedHistoryLanguageModel])
def test_every_weight_behind_the_flow_loss_is_trained(build):
    model, batch = flow_model_of(build).train(), batch_of()
    model(**batch)[0].backward()
    unused = {n for n, p in model.named_parameters() if p.requires_grad}
    unused = {n for n in unused if model.get_parameter(n).grad is None}
    assert unused == set() and model.lm.head.batches == 1


def test_a_regression_head_draws_no_noise():
    assert model_of().start_noise(4, ["a"] * 4) is None
