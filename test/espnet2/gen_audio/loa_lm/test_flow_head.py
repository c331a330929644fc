"""The flow head: samples of a distribution, its mean, its scale, its noise."""

import pytest
import torch

from espnet2.gen_audio.loa_lm.flow_head import FlowHead
from espnet2.gen_audio.seeding import generators_of

WIDTH, CONF = 2, {"inner": 32, "blocks": 2, "measured_batches": 20}


def two_modes(hidden):
    """Draw targets at 10 + 3 h or 10 - 3 h in one feature, near 0.1 in the other."""
    signs = torch.randint(0, 2, hidden.shape[:-1]) * 2.0 - 1.0
    first = 10.0 + 3.0 * signs * hidden[..., 0] + 0.1 * torch.randn(hidden.shape[:-1])
    return torch.stack([first, 0.1 + 0.01 * torch.randn(first.shape)], dim=-1)


def hidden_of(clips=64):
    """Return hidden states of 4 vectors; the first feature is 1 or 2."""
    hidden = torch.randn(clips, 4, WIDTH)
    hidden[..., 0] = torch.randint(1, 3, (clips, 4)).float()
    return hidden


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    head = FlowHead(WIDTH, **CONF)
    optimiser = torch.optim.AdamW(head.parameters(), lr=3e-3)
    for _ in range(600):
        hidden = hidden_of()
        optimiser.zero_grad()
        head.loss(hidden, two_modes(hidden)).backward()
        optimiser.step()
    return head.eval().requires_grad_(False)


@pytest.mark.parametrize("distance", [1.0, 2.0])
def test_samples_have_both_modes_of_their_hidden_state_where_the_mean_has_none(
    trained, distance
):
    torch.manual_seed(1)
    hidden = torch.zeros(1, 1000, WIDTH)
    hidden[..., 0] = distance
    drawn = trained.sample(hidden, torch.randn_like(hidden))
    modes = torch.tensor([10.0 - 3.0 * distance, 10.0 + 3.0 * distance])
    apart = (drawn[0, :, :1] - modes).abs()
    assert (apart.min(dim=1).values < 0.8).float().mean() > 0.9
    assert 0.35 < (apart.argmin(dim=1) == 0).float().mean() < 0.65
    assert (trained.mean_of(hidden)[..., 0] - 10.0).abs().max() < 0.8
    torch.testing.assert_close(drawn[..., 1].mean().item(), 0.1, rtol=0, atol=0.01)


def test_mean_and_std_are_those_of_the_first_batches_then_fixed():
    torch.manual_seed(0)
    head, hidden = FlowHead(WIDTH, inner=8, measured_batches=3), torch.zeros(
        5, 4, WIDTH
    )
    targets = [7.0 + 3.0 * torch.randn(5, 4, WIDTH) for _ in range(4)]
    head.eval()
    head.loss(hidden, targets[3])
    assert head.batches == 0 and torch.equal(head.mean, torch.zeros(WIDTH))
    head.train()
    for target in targets:
        head.loss(hidden, target)
    measured = torch.cat(targets[:3]).flatten(0, 1)
    torch.testing.assert_close(head.mean, measured.mean(dim=0))
    torch.testing.assert_close(head.variance, measured.var(dim=0, unbiased=False))
    assert head.batches == 3


def test_a_feature_that_never_changes_comes_out_as_it_is():
    head, target = FlowHead(WIDTH, inner=8), torch.full((2, 3, WIDTH), 5.0)
    assert head.loss(torch.randn(2, 3, WIDTH), target).isfinite()
    drawn = head.sample(torch.randn(2, 3, WIDTH), torch.randn(2, 3, WIDTH))
    torch.testing.assert_close(drawn, target, rtol=0, atol=1e-2)


def test_the_same_noise_gives_the_same_vector_in_any_batch(trained):
    torch.manual_seed(2)
    hidden, noise = hidden_of(5), torch.randn(5, 4, WIDTH)
    together = trained.sample(hidden, noise)
    for row in range(5):
        alone = trained.sample(hidden[row : row + 1], noise[row : row + 1])[0]
        torch.testing.assert_close(together[row], alone, rtol=0, atol=1e-4)
    again = trained.sample(hidden, torch.randn(5, 4, WIDTH))
    assert (again - together).abs().max() > 1.0


def test_temperature_0_needs_no_noise_and_is_a_function_of_the_hidden_state():
    torch.manual_seed(0)
    head, hidden = FlowHead(WIDTH, inner=8, temperature=0.0), torch.randn(1, 3, WIDTH)
    torch.nn.init.normal_(head.network.velocity.weight)
    first = head.sample(hidden)
    assert torch.equal(first, head.sample(hidden, torch.randn(1, 3, WIDTH)))
    assert first.std() > 0.0


def test_a_temperature_scales_the_noise():
    noise, hidden = torch.randn(1, 3, WIDTH), torch.zeros(1, 3, WIDTH)
    head = FlowHead(WIDTH, inner=8, temperature=0.5)  # it starts as the zero velocity
    torch.testing.assert_close(head.sample(hidden, noise), 0.5 * noise)


def test_noise_that_is_missing_is_refused():
    with pytest.raises(ValueError, match="noise None was given"):
        FlowHead(WIDTH, inner=8).sample(torch.zeros(1, 3, WIDTH))


@pytest.mark.parametrize(
    "conf, message",
    [
        ({"inner": 7}, "'inner': 7.*even inner"),
        ({"steps": 0}, "'steps': 0"),
        ({"draws": 0}, "'draws': 0"),
        ({"temperature": -1.0}, "temperature -1.0"),
    ],
)
def test_numbers_out_of_range_are_refused(conf, message):
    with pytest.raises(ValueError, match=message):
        FlowHead(WIDTH, **conf)


def test_the_loss_of_a_clip_in_validation_depends_on_its_id_alone(trained):
    hidden = hidden_of(3)
    target = two_modes(hidden)
    losses = [
        trained.loss(hidden[n : n + 1], target[n : n + 1], generators_of(0, [name]))
        for n, name in enumerate("abc")
    ]
    together = trained.loss(hidden, target, generators_of(0, "abc"))
    torch.testing.assert_close(together, torch.stack(losses).mean())
    assert together != trained.loss(hidden, target, generators_of(0, "abd"))


def test_more_draws_are_more_noisy_versions_of_each_vector():
    counts = []
    for draws in (1, 4):
        head = FlowHead(WIDTH, inner=8, draws=draws)
        head.network.register_forward_hook(lambda *io: counts.append(io[2].shape))
        head.loss(torch.randn(2, 3, WIDTH), torch.randn(2, 3, WIDTH))
    assert counts == [(2, 1, 3, WIDTH), (2, 4, 3, WIDTH)]


def test_gradients_flow_through_generation_into_the_hidden_state(trained):
    hidden = hidden_of(2).requires_grad_()
    trained.sample(hidden, torch.randn(2, 4, WIDTH)).sum().backward()
    assert hidden.grad.abs().sum() > 0
    assert not trained.mean_of(hidden).requires_grad


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_vectors_have_the_precision_of_the_hidden_state(trained, dtype):
    import copy

    head = copy.deepcopy(trained).to(dtype)
    hidden, noise = hidden_of(2).to(dtype), torch.randn(2, 4, WIDTH)
    drawn = head.sample(hidden, noise)
    assert drawn.dtype == dtype
    wanted = trained.sample(hidden.float(), noise)
    torch.testing.assert_close(drawn.float(), wanted, rtol=0.1, atol=0.6)


def test_a_training_that_is_resumed_goes_on_as_one_that_was_not_interrupted():
    def step(head, optimiser, number):
        torch.manual_seed(number)
        hidden = hidden_of(4)
        optimiser.zero_grad()
        head.loss(hidden, two_modes(hidden)).backward()
        optimiser.step()

    def made():
        torch.manual_seed(9)
        head = FlowHead(WIDTH, inner=8, measured_batches=3)
        return head, torch.optim.AdamW(head.parameters(), lr=1e-2)

    whole, first, second = made(), made(), made()
    for number in range(4):
        step(*whole, number)
    for number in range(2):
        step(*first, number)
    for one, other in zip(first, second):
        other.load_state_dict(one.state_dict())
    for number in range(2, 4):
        step(*second, number)
    for name, values in whole[0].state_dict().items():
        assert torch.equal(values, second[0].state_dict()[name]), name
