"""GPT-2 of the LOA language model against the formulas of GPT-2, written plainly.

The reference uses torch.nn.functional and the weights' published names only; no mask,
because each clip is run alone. Two wrong formulas show that the bound can fail.
"""

import math

import pytest
import torch
from torch.nn.functional import gelu, layer_norm, softmax

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.loa_lm.lm import LOALanguageModel

WIDTH, LAYERS, HEADS = 24, 3, 4
LENGTHS = (6, 1, 3)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = LOALanguageModel(
        WIDTH, LAYERS, HEADS, {"sentence": 3, "tokens": 5}, vocab_size=1
    ).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


@pytest.fixture(scope="module")
def conditions():
    torch.manual_seed(1)
    return {
        "sentence": Condition.from_lengths(torch.randn(3, 1, 3)),
        "tokens": Condition.from_lengths(torch.randn(3, 6, 5), torch.tensor(LENGTHS)),
    }


@pytest.fixture(scope="module")
def loa():
    torch.manual_seed(2)
    return torch.randn(3, 4, WIDTH)


def gpt2_gelu(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def plain_gpt2(w, x, activation=gpt2_gelu, norm_first=True):
    """Run GPT-2 over one sequence, (N, D), by the formulas."""
    n, d = x.shape
    future = torch.full((n, n), -math.inf).triu(1)

    def norm(name, x):
        return layer_norm(x, (d,), w[f"{name}.weight"], w[f"{name}.bias"], eps=1e-5)

    def linear(name, x):  # GPT-2 stores its matrices transposed
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def attention(name, x):
        q, k, v = (
            part.view(n, HEADS, -1).transpose(0, 1)
            for part in linear(f"{name}.c_attn", x).split(d, dim=1)
        )
        weights = softmax(q @ k.transpose(1, 2) / math.sqrt(d // HEADS) + future, dim=2)
        return linear(f"{name}.c_proj", (weights @ v).transpose(0, 1).reshape(n, d))

    def mlp(name, x):
        return linear(f"{name}.c_proj", activation(linear(f"{name}.c_fc", x)))

    x = x + w["wpe.weight"][:n]
    for layer in range(LAYERS):
        h = f"h.{layer}"
        if norm_first:
            x = x + attention(f"{h}.attn", norm(f"{h}.ln_1", x))
            x = x + mlp(f"{h}.mlp", norm(f"{h}.ln_2", x))
        else:
            x = norm(f"{h}.ln_1", x + attention(f"{h}.attn", x))
            x = norm(f"{h}.ln_2", x + mlp(f"{h}.mlp", x))
    return norm("ln_f", x)


def expected(model, conditions, loa, **variant):
    """Lay each clip out by hand and run the plain GPT-2."""
    w = model.state_dict()
    gpt2 = {k.removeprefix("gpt2."): v for k, v in w.items() if k.startswith("gpt2.")}
    results = []
    for index, length in enumerate(LENGTHS):
        rows = []
        for number, (name, size) in enumerate((("sentence", 1), ("tokens", length))):
            vectors = conditions[name].embedding[index, :size]
            matrix = w[f"sequence.projections.{name}.weight"]
            rows += [
                w["sequence.start_markers.weight"][number : number + 1],
                vectors @ matrix.T + w[f"sequence.projections.{name}.bias"],
                w["sequence.end_markers.weight"][number : number + 1],
            ]
        hidden = plain_gpt2(gpt2, torch.cat([*rows, loa[index]]), **variant)
        results.append(hidden[length + 4 : length + 8])
    return torch.stack(results)


@torch.no_grad()
def test_teacher_forcing_equals_the_formulas(model, conditions, loa):
    difference = model(conditions, loa) - expected(model, conditions, loa)
    assert difference.abs().max() < 1e-5


@torch.no_grad()
def test_the_generation_equals_the_formulas_step_by_step(model, conditions, loa):
    by_hand = torch.zeros_like(loa)
    for step in range(4):
        by_hand[:, step] = expected(model, conditions, by_hand)[:, step]
    assert (model.generate(conditions, 4) - by_hand).abs().max() < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("variant", [{"activation": gelu}, {"norm_first": False}])
def test_another_gelu_or_order_of_norms_is_told_apart(model, conditions, loa, variant):
    difference = model(conditions, loa) - expected(model, conditions, loa, **variant)
    assert difference.abs().max() > 1e-4
