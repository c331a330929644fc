"""Official U-Net weights through the name tables, against the plain network."""

import official_unet
import pytest
import torch
from net_shapes import unet as unet_shapes
from official_draw import BOUNDS, difference, draw

from espnet2.gen_audio.checkpoint.assembly.sizes import unet_conf
from espnet2.gen_audio.checkpoint.tables import unet as unet_names
from espnet2.gen_audio.checkpoint.tables.renaming import Rule, rename
from espnet2.gen_audio.checkpoint.tables.unet import averaged, unet_table
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.diffusion.build import build_backbone

WIDTHS = (32, 64, 96, 160)  # 1, 2, 3 and 5 heads, and 8 would divide them as well
LOA, T5, CLAP = 48, 40, 24
# transformers of a position by what they attend to, depth, FiLM width
LAYOUTS = {
    "full": ((None, LOA, T5), 1, None),
    "large": ((None, LOA, T5, None), 2, None),
    "speech": ((None, LOA), 1, None),
    "16k_t5": ((None, T5), 1, None),
    "48k_film": ((None, None), 1, CLAP),
}


def official(layout, dtype, widths=WIDTHS):
    contexts, depth, film = LAYOUTS[layout]
    latent = 16 if film else 8
    shapes = unet_shapes(contexts, depth, widths, latent, film)
    return draw(shapes, 0, dtype)


def ours(state, table, with_loa):
    net = rename(state, table, "U-Net")
    renamed, left_out = net.state, net.notes
    assert not left_out
    network = build_backbone({"unet_conf": unet_conf(renamed, with_loa)})
    network.to(next(iter(state.values())).dtype)
    network.load_state_dict({n.removeprefix("unet."): t for n, t in renamed.items()})
    return network.eval()


def inputs(layout, dtype):
    contexts, _, film = LAYOUTS[layout]
    torch.manual_seed(1)
    noisy = torch.randn(2, 16 if film else 8, 16, 8, dtype=dtype)
    given = {}
    for name, width in (("loa", LOA), ("tokens", T5)):
        if width in contexts:
            lengths = torch.tensor([6, 6 if name == "loa" else 3])
            states = torch.randn(2, 6, width, dtype=dtype)
            given[name] = Condition.from_lengths(states, lengths)
    if film:
        given["sentence"] = Condition.from_lengths(torch.randn(2, 1, film, dtype=dtype))
    return noisy, torch.tensor([3, 800]), given


def contexts_of(given, positions):
    """Return what each transformer attends to, and the vector beside the step."""
    pairs = [
        (given[n].embedding, given[n].mask) for n in ("loa", "tokens") if n in given
    ]
    contexts = [None, *pairs]
    contexts += [None] * (positions - len(contexts))
    film = given["sentence"].embedding[:, 0] if "sentence" in given else None
    return contexts, film


def compare(layout, dtype, table_of=unet_table, heads=None):
    state = official(layout, dtype)
    noisy, step, given = inputs(layout, dtype)
    contexts, film = contexts_of(given, len(LAYOUTS[layout][0]))
    with torch.no_grad():
        reference = official_unet.forward(state, noisy, step, contexts, film, heads)
        got = ours(state, table_of(state), "loa" in given)(noisy, step, given)
    return difference(got, reference)


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_official_weights_give_the_official_prediction(layout, dtype):
    assert compare(layout, dtype) < BOUNDS[dtype]


@pytest.mark.parametrize("layout", ["full", "large", "speech"])
def test_eight_heads_at_each_level_are_another_network(layout):
    assert compare(layout, torch.float64, heads=8) > 1e-4


def swapped(first, second):
    """Return the table with what two layers of a residual block become exchanged."""
    names = dict(unet_names._RESIDUAL)
    names[first], names[second] = names[second], names[first]
    return names


@pytest.mark.parametrize(
    "pair",
    [("in_layers.0", "out_layers.0"), ("in_layers.2", "out_layers.3")],
)
def test_two_rules_exchanged_make_another_network_or_do_not_fit(pair, monkeypatch):
    monkeypatch.setattr(unet_names, "_RESIDUAL", swapped(*pair))
    try:
        assert compare("full", torch.float64) > 1e-4
    except RuntimeError as error:
        assert "size mismatch" in str(error)


def test_conditions_of_two_transformers_exchanged_do_not_go_unnoticed():
    def table(state):
        rules = unet_table(state)
        places = [n for n, r in enumerate(rules) if "transformer_blocks" in r.pattern]
        for n in places:
            rule = rules[n]
            rules[n] = Rule(rule.pattern, lambda m, r=rule: exchange(r.apply(m)))
        return rules

    def exchange(name):
        if ".attn1." in name:
            return name.replace(".attn1.", ".attn2.")
        return name.replace(".attn2.", ".attn1.")

    # self-attention alone, so that the exchanged layers are of one shape
    assert compare("48k_film", torch.float64, table) > 1e-4


def test_the_average_finds_its_names_again_and_gives_its_own_prediction():
    raw = official("speech", torch.float64)
    average = {
        "diffusion_model" + name.replace(".", ""): 0.5 * tensor
        for name, tensor in raw.items()
    }
    average |= {"decay": torch.tensor(0.9999), "num_updates": torch.tensor(3)}
    found = averaged(average, raw)
    assert found.keys() == raw.keys()
    assert all(torch.equal(found[name], 0.5 * raw[name]) for name in raw)
    average.pop("diffusion_modelout0weight")
    with pytest.raises(ValueError, match="diffusion_modelout0weight has no average"):
        averaged(average, raw)
