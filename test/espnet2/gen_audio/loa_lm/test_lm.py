"""The LOA language model: causality, cache, batch mates, gradients, prefix, size."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.strict_fit import refuse_misfit
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.loa_lm.masked_history import MaskedHistoryLanguageModel

WIDTH, DIMS = 16, {"sentence": 3, "tokens": 5}
LENGTHS = {"condition_lengths": {"tokens": 9}}


def model_of(build=LOALanguageModel, **options):
    torch.manual_seed(0)
    settings = {"dropout": 0.1, "max_positions": 32, "vocab_size": 1, **options}
    model = build(WIDTH, 2, 4, DIMS, **settings).eval()
    for weight in model.parameters():
        # GPT-2's own start is so small that wrong positions hardly show
        torch.nn.init.normal_(weight, std=0.2)
    return model


@pytest.fixture(scope="module")
def model():
    return model_of()


def conditions(lengths=(7, 2, 4)):
    generator = torch.Generator().manual_seed(1)
    draw = torch.randn(len(lengths), 1 + max(lengths), 5, generator=generator)
    return {
        "sentence": Condition.from_lengths(draw[:, :1, :3]),
        "tokens": Condition.from_lengths(draw[:, 1:], torch.tensor(lengths)),
    }


def row(given, index):
    """Cut one clip out of a batch, pads included or not as in a batch of one."""
    length = int(given["tokens"].lengths[index])
    sentence, tokens = given["sentence"], given["tokens"]
    return {
        "sentence": Condition.from_lengths(sentence.embedding[index : index + 1]),
        "tokens": Condition.from_lengths(tokens.embedding[index : index + 1, :length]),
    }


@torch.no_grad()
@pytest.mark.parametrize("padding", ["strip", "official"])
def test_positions_left_free_behind_a_text_are_those_of_real_pads(padding):
    model, given = model_of(condition_lengths={"tokens": 9}), conditions()
    padded = torch.nn.functional.pad(given["tokens"].embedding, (0, 0, 0, 2), value=9.0)
    mask = torch.nn.functional.pad(given["tokens"].mask, (0, 2))
    plain = model_of(padding="official")
    wanted = plain.generate({**given, "tokens": Condition(padded, mask)}, 6)
    model.sequence.padding = padding
    assert (model.generate(given, 6) - wanted).abs().max() < 1e-5
    model.sequence.condition_lengths = {}
    assert (model.generate(given, 6) - wanted).abs().max() > 1e-2


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"loa_start": 20}, LENGTHS])
def test_the_cached_generation_equals_the_plain_one(options):
    model, given = model_of(**options), conditions()
    cached = model.generate(given, 6)
    assert (cached - model.generate(given, 6, use_cache=False)).abs().max() < 1e-5
    assert cached.shape == (3, 6, WIDTH) and cached.std() > 0.1


@torch.no_grad()
def test_teacher_forcing_with_the_generation_reproduces_it(model):
    rolled = model.generate(conditions(), 6)
    assert (model(conditions(), rolled) - rolled).abs().max() < 1e-5


@torch.no_grad()
def test_a_clip_does_not_depend_on_its_batch_mates(model):
    given = conditions()
    together = model.generate(given, 5)
    for index in range(3):
        alone = model.generate(row(given, index), 5)[0]
        assert (together[index] - alone).abs().max() < 1e-5


@torch.no_grad()
def test_official_padding_does_depend_on_batch_mates():
    model, given = model_of(padding="official"), conditions()
    alone = model.generate(row(given, 1), 5)[0]
    assert (model.generate(given, 5)[1] - alone).abs().max() > 1e-3


@torch.no_grad()
def test_official_padding_is_cached_exactly_and_equal_without_pads():
    official, stripped = model_of(padding="official"), model_of()
    given = conditions()
    plain = official.generate(given, 5, use_cache=False)
    assert (official.generate(given, 5) - plain).abs().max() < 1e-5
    same = conditions((4, 4))
    assert (official.generate(same, 5) - stripped.generate(same, 5)).abs().max() < 1e-6


@torch.no_grad()
def test_values_in_pads_change_nothing(model):
    given = conditions()
    tokens = given["tokens"]
    noisy = torch.where(tokens.mask[:, :, None], tokens.embedding, 1e3)
    changed = {**given, "tokens": Condition(noisy, tokens.mask)}
    difference = model.generate(given, 4) - model.generate(changed, 4)
    assert difference.abs().max() < 1e-6


@torch.no_grad()
def test_a_prediction_sees_the_past_and_not_the_future(model):
    loa = torch.randn(3, 6, WIDTH)
    changed = loa.clone()
    changed[:, 3] = torch.randn(3, WIDTH)  # a shift alone would be normalised away
    difference = (model(conditions(), loa) - model(conditions(), changed)).abs()
    per_token = difference.amax(dim=(0, 2))
    assert per_token[:4].max() < 1e-6 and per_token[4] > 1e-3


@torch.no_grad()
def test_every_condition_moves_the_first_prediction(model):
    given = conditions()
    for name, condition in given.items():
        moved = Condition(condition.embedding + 1, condition.mask)
        difference = model.generate(given, 1) - model.generate(
            {**given, name: moved}, 1
        )
        assert difference.abs().amax(dim=(1, 2)).min() > 1e-3


@torch.no_grad()
def test_a_prefix_is_kept_and_continued_as_the_generation_would(model):
    whole = model.generate(conditions(), 6)
    continued = model.generate(conditions(), 6, prefix=whole[:, :2])
    assert torch.equal(continued[:, :2], whole[:, :2])
    assert (continued - whole).abs().max() < 1e-5
    other = model.generate(conditions(), 6, prefix=whole[:, 2:4])
    assert (other[:, 2:] - whole[:, 2:]).abs().max() > 1e-3


def test_gradients_flow_through_the_whole_generation(model):
    given = conditions()
    given["sentence"].embedding.requires_grad_(True)
    model.generate(given, 5)[:, -1].sum().backward()
    gradient = given["sentence"].embedding.grad
    assert gradient.isfinite().all() and gradient.abs().amax(dim=(1, 2)).min() > 0
    model.zero_grad()


def test_gradients_of_the_cached_generation_are_those_of_the_plain_one(model):
    weight = model.sequence.projections["tokens"].weight
    gradients = []
    for use_cache in (True, False):
        model.zero_grad()
        model.generate(conditions(), 4, use_cache=use_cache).square().sum().backward()
        gradients.append(weight.grad.clone())
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-4)


def test_dropout_is_active_in_train_mode_only():
    model = model_of(dropout=0.5)
    assert torch.equal(model.generate(conditions(), 3), model.generate(conditions(), 3))
    model.train()
    first, second = model.generate(conditions(), 3), model.generate(conditions(), 3)
    assert (first - second).abs().max() > 1e-3


def test_all_weights_but_the_token_table_learn():
    model = model_of()
    model(conditions(), torch.randn(3, 4, WIDTH)).square().sum().backward()
    without = {name for name, p in model.named_parameters() if p.grad is None}
    assert without == {"gpt2.wte.weight"}


def test_the_published_size_is_gpt2_small():
    with torch.device("meta"):
        model = LOALanguageModel(768, 12, 12, {"sentence": 512, "tokens": 1024})
    count = sum(p.numel() for p in model.gpt2.parameters())
    assert count == 124_439_808
    rest = sum(p.numel() for p in model.sequence.parameters())
    assert rest == (512 + 1) * 768 + (1024 + 1) * 768 + 2 * 32 * 768


@torch.no_grad()
@pytest.mark.parametrize("use_cache", [True, False])
def test_a_sequence_fills_the_position_table_to_its_last_row(model, use_cache):
    # 12 conditions and markers; the last vector is not fed back, nor read in training
    made = model.generate(conditions((7,)), 21, use_cache=use_cache)
    assert made.shape[1] == 21 and model(conditions((7,)), made).shape[1] == 21
    changed = model_of()
    changed.gpt2.wpe.weight[31] += 1.0
    other = changed.generate(conditions((7,)), 21, use_cache=use_cache)
    assert torch.equal(other[:, :20], made[:, :20])
    assert not torch.equal(other[:, 20], made[:, 20])


def test_training_inputs_are_the_true_vectors(model):
    loa = torch.randn(3, 4, WIDTH)
    inputs, given = model.training_inputs(loa)
    assert inputs is loa and given == 0


def test_a_sequence_beyond_the_position_table_is_refused(model):
    with pytest.raises(ValueError, match="33 positions.*32"):
        model.generate(conditions((7,)), 22)


def test_misfits_are_refused(model):
    given = conditions()
    with pytest.raises(ValueError, match="width is 16"):
        model(given, torch.zeros(3, 4, 8))
    with pytest.raises(ValueError, match="2 clips"):
        model(given, torch.zeros(2, 4, WIDTH))
    with pytest.raises(ValueError, match="prefix of 4"):
        model.generate(given, 4, prefix=torch.zeros(3, 4, WIDTH))
    with pytest.raises(ValueError, match="heads=3"):
        LOALanguageModel(WIDTH, 2, 3, DIMS)


def test_fresh_sinusoids_tell_text_time_step_and_band_apart():
    torch.manual_seed(0)
    model = LOALanguageModel(
        WIDTH, 1, 4, DIMS, 60, vocab_size=1, loa_start=20, patches_per_step=8
    )
    text, loa = model.gpt2.wpe.weight[:20], model.gpt2.wpe.weight[20:]
    torch.testing.assert_close(
        text[:5, :8], loa[:40:8, :8]
    )  # n-th place, n-th time step
    torch.testing.assert_close(loa[:8, 8:], loa[8:16, 8:])  # the same bands
    assert torch.equal(loa[0, :8], loa[7, :8])  # one time step
    assert model.gpt2.wpe.weight.requires_grad


def test_patches_per_step_without_a_start_are_refused():
    with pytest.raises(ValueError, match="needs loa_start"):
        LOALanguageModel(WIDTH, 1, 4, DIMS, 60, vocab_size=1, patches_per_step=8)


def test_the_activation_is_gpt2s_own():
    values = torch.linspace(-6.0, 6.0, 241, dtype=torch.float64)
    cube = values + 0.044715 * values**3
    expected = 0.5 * values * (1.0 + torch.tanh((2.0 / torch.pi) ** 0.5 * cube))
    activation = model_of().gpt2.h[0].mlp.act
    torch.testing.assert_close(activation(values), expected)


def test_attention_weights_add_up_and_are_returned_on_request_alone():
    model, given = model_of(attention="eager"), conditions()
    loa = torch.randn(3, 6, WIDTH, generator=torch.Generator().manual_seed(2))
    predicted, attentions = model.forward_with_attentions(given, loa)
    assert len(attentions) == 2 and attentions[0].shape[:2] == (3, 4)
    torch.testing.assert_close(attentions[0].sum(dim=3).mean(), torch.tensor(1.0))
    without, nothing = model.forward_with_attentions(
        given, loa, output_attentions=False
    )
    assert nothing is None and torch.equal(without, predicted)


FLOW = {"head": "flow", "head_conf": {"inner": 8, "blocks": 1, "steps": 2}}


@torch.no_grad()
@pytest.mark.parametrize("build", [LOALanguageModel, MaskedHistoryLanguageModel])
def test_a_flow_head_gives_a_clip_the_same_loa_in_any_batch(build):
    model, given = model_of(build, **FLOW), conditions()
    noise = torch.randn(3, 6, WIDTH)
    together = model.generate(given, 6, noise=noise)
    for index in range(3):
        alone = model.generate(row(given, index), 6, noise=noise[index : index + 1])
        assert (alone[0] - together[index]).abs().max() < 1e-4
    assert (model.generate(given, 6, noise=-noise) - together).abs().max() > 1e-2


@torch.no_grad()
@pytest.mark.parametrize("build", [LOALanguageModel, MaskedHistoryLanguageModel])
def test_a_flow_head_continues_a_prefix_with_the_noise_of_each_place(build):
    model, given = model_of(build, **FLOW), conditions()
    noise = torch.randn(3, 6, WIDTH)
    whole = model.generate(given, 6, noise=noise)
    noise[:, :2] = 9.0  # of the prefix, not used
    continued = model.generate(given, 6, prefix=whole[:, :2], noise=noise)
    assert torch.equal(continued[:, :2], whole[:, :2])
    same = (continued - whole).abs().max() < 1e-4
    # without autoregression a prefix is a condition that ``whole`` did not have
    assert same == (build is LOALanguageModel)


@torch.no_grad()
def test_a_flow_head_samples_the_same_with_and_without_a_cache():
    model, noise = model_of(**FLOW), torch.randn(3, 6, WIDTH)
    cached = model.generate(conditions(), 6, noise=noise)
    plain = model.generate(conditions(), 6, use_cache=False, noise=noise)
    assert (cached - plain).abs().max() < 1e-4


def test_noise_that_is_missing_or_of_another_shape_is_refused():
    model = model_of(**FLOW)
    with pytest.raises(ValueError, match="noise None was given"):
        model.generate(conditions(), 6)
    with pytest.raises(ValueError, match=r"\(3, 1, 16\), but noise \(1, 1, 16\) was"):
        model.generate(conditions(), 6, noise=torch.zeros(1, 6, WIDTH))


def test_weights_of_another_head_are_refused_and_named():
    plain, flow = model_of().state_dict(), model_of(**FLOW).state_dict()
    with pytest.raises(ValueError, match="(?s)missing.*head.network"):
        refuse_misfit(flow, plain, "weights")
    with pytest.raises(ValueError, match="(?s)extra.*head"):
        refuse_misfit(plain, flow, "weights")
