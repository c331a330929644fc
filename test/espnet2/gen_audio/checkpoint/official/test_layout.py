"""The networks of an official file are told apart by their names."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.official.layout import take_apart


@pytest.fixture(scope="module")
def whole(official):
    return official.complete("full")


@pytest.fixture
def state(whole):
    return dict(whole)


def test_every_tensor_of_a_whole_file_goes_to_one_network_or_is_listed(official):
    for kind in ("full", "speech", "t5", "film"):
        state = official.complete(kind)
        layout = take_apart(state, "x.pth")
        copies = [copy for _, copy in sum(layout.conditioners.values(), [])]
        nets = [layout.unet, layout.average, layout.vae, layout.vocoder, *copies]
        mel_transforms = 2 * sum(name.endswith("mel_scale.fb") for name in state)
        aside = 12 + 1 + 1 + mel_transforms  # schedule, logvar, scale_factor
        assert sum(map(len, nets)) + aside == len(state)


def test_networks_have_the_names_that_their_tables_expect(state):
    layout = take_apart(state, "x.pth")
    assert "input_blocks.0.0.weight" in layout.unet
    assert "diffusion_modelinput_blocks00weight" in layout.average
    assert "encoder.conv_in.weight" in layout.vae
    assert "conv_pre.weight" in layout.vocoder
    assert layout.latent_scale == pytest.approx(0.41)


def test_copies_that_feed_gpt2_come_first(state):
    conditioners = take_apart(state, "x.pth").conditioners
    inside = "cond_stage_models.0.cond_stage_models"
    assert [p for p, _ in conditioners["clap"]] == [f"{inside}.0.", "clap."]
    texts = [f"{inside}.1.", "cond_stage_models.1."]
    assert [p for p, _ in conditioners["t5"]] == texts
    assert [p for p, _ in conditioners["audiomae"]] == [f"{inside}.2."]


def test_conditioners_are_known_by_content_and_not_by_number(official, state):
    """The authors' config decides which number a conditioner has."""
    renumbered = {}
    for name, tensor in state.items():
        name = name.replace("0.cond_stage_models.0.", "0.cond_stage_models.5.")
        renumbered[name] = tensor
    first, second = take_apart(state, "x"), take_apart(renumbered, "x")
    for kind, copies in first.conditioners.items():
        assert second.conditioners[kind][0][1] == copies[0][1]


def test_what_is_left_out_is_told(state):
    notes = "\n".join(take_apart(state, "x.pth").notes)
    assert "betas and 11 more: noise schedule" in notes
    assert "logvar" in notes
    assert "clap.mel_transform" in notes


@pytest.mark.parametrize(
    "name",
    ["surprise.weight", "first_stage.encoder.weight", "clapmodel.weight", "alphas"],
)
def test_a_tensor_of_no_network_is_refused_by_name(state, name):
    state[name] = torch.zeros(2, 3)
    with pytest.raises(ValueError, match=rf"x\.pth: tensor {name} \(2, 3\)"):
        take_apart(state, "x.pth")


def test_a_conditioner_of_an_unknown_kind_is_refused(state):
    state["cond_stage_models.4.weight"] = torch.zeros(2)
    with pytest.raises(ValueError, match=r"cond_stage_models\.4\.weight \(2,\)"):
        take_apart(state, "x.pth")


def test_a_second_gpt2_is_refused(state):
    for name in [n for n in state if "input_sequence_embed" in n]:
        state[name.replace("models.0.", "models.7.")] = state[name]
    with pytest.raises(ValueError, match=r"has \w+ twice"):
        take_apart(state, "x.pth")


@pytest.mark.parametrize(
    "prefix",
    [
        "model.diffusion_model.",
        "first_stage_model.vocoder.",
        "first_stage_model.",
        "scale_factor",
    ],
)
def test_a_file_without_a_network_that_all_have_is_refused(state, prefix):
    keep = "first_stage_model.vocoder." if prefix == "first_stage_model." else "?"
    state = {
        n: t for n, t in state.items() if n.startswith(keep) or not n.startswith(prefix)
    }
    with pytest.raises(ValueError, match=rf"x\.pth has no tensor {prefix}\*"):
        take_apart(state, "x.pth")


def test_gpt2_without_what_it_listens_to_is_refused(state):
    state = {n: t for n, t in state.items() if "encoder.block." not in n}
    state = {n: t for n, t in state.items() if "shared.weight" not in n}
    for end in ("embed_tokens", "final_layer_norm"):
        state = {n: t for n, t in state.items() if f"model.encoder.{end}" not in n}
    with pytest.raises(ValueError, match="neither FLAN-T5 nor the phoneme encoder"):
        take_apart(state, "x.pth")


def test_a_scale_that_is_no_number_is_refused(state):
    state["scale_factor"] = torch.ones(2)
    with pytest.raises(ValueError, match=r"scale_factor \(2,\)"):
        take_apart(state, "x.pth")
