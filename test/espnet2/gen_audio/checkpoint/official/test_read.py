"""Whole official files, made up and tiny: all layouts come in, faults are named."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.system import NETS
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.checkpoint.official.layout import take_apart
from espnet2.gen_audio.checkpoint.official.read import read_official, variant_of
from espnet2.gen_audio.feats.clip import ClipGeometry

VARIANTS = {
    "full": "audioldm2-full",
    "large": "audioldm2-full-large",
    "speech": "audioldm2-speech",
    "t5": "audioldm_16k_crossattn_t5",
    "film": "audioldm_48k",
}
INSIDE = "cond_stage_models.0.cond_stage_models."


@pytest.fixture(scope="session")
def geometry(official):
    return ClipGeometry.from_dict(official.GEOMETRY)


@pytest.fixture(scope="session")
def states(official):
    return {layout: official.complete(layout) for layout in VARIANTS}


@pytest.fixture(scope="session")
def systems(states, geometry):
    return {
        layout: read_official({"state_dict": state}, "x.pth", geometry=geometry)
        for layout, state in states.items()
    }


@pytest.mark.parametrize("layout", VARIANTS)
def test_every_layout_comes_in_with_all_its_parts(systems, layout):
    system = systems[layout]
    assert system.variant == VARIANTS[layout]
    nets, encoders = {"vae", "vocoder", "ldm"}, {"sentence_encoder"}
    if layout in ("full", "large", "speech"):
        nets |= {"loa_lm", "audiomae"}
    if layout in ("full", "large", "t5"):
        encoders |= {"tokens_encoder"}
    assert set(system.parts) == nets
    assert set(system.encoders) == encoders


def test_every_part_is_a_folder_that_loads_strictly(systems, tmp_path):
    parts = systems["speech"].parts
    write_system(systems["speech"], tmp_path)
    assert set(parts) == set(NETS)
    for name, part in parts.items():
        loaded = load_experiment(tmp_path / name).state_dict()
        for key, tensor in part.state.items():
            assert torch.equal(loaded[key], tensor)


@pytest.mark.parametrize(
    "part, ours, theirs",
    [
        ("ldm", "unet.net.conv_in.weight", "model.diffusion_model.input_blocks.0.0."),
        ("vae", "vae.net.decoder.up_blocks.0.resnets.0.norm1.weight", "up.2.block.0."),
        ("vocoder", "vocoder.net.upsampler.3.weight", "vocoder.ups.3."),
        ("loa_lm", "lm.gpt2.ln_f.weight", "models.0.model.ln_f."),
        ("loa_lm", "lm.sequence.end_markers.weight", "end_of_sequence_tokens."),
        ("loa_lm", "text_encoder.net.embed_tokens.weight", "text_encoder.emb."),
        ("audiomae", "mae.encoder.norm.weight", "audiomae.model.norm."),
    ],
)
def test_tensors_stand_where_they_belong(states, systems, part, ours, theirs):
    found = [n for n in states["speech"] if n.endswith("weight") and theirs in n]
    given = states["speech"][min(found, key=len)]
    assert torch.equal(systems["speech"].parts[part].state[ours], given)


def test_the_position_table_of_audiomae_is_that_of_the_file(states, systems):
    given = states["full"][f"{INSIDE}2.audiomae.model.pos_embed"]
    taken = systems["full"].parts["audiomae"].state["mae.encoder.pos_embed"]
    assert torch.equal(taken, given)


def test_speech_reads_phonemes_and_predicts_every_patch(systems):
    speech, full = systems["speech"].parts, systems["full"].parts
    assert speech["loa_lm"].config["text_encoder"] == "phonemes"
    lengths = speech["loa_lm"].config["lm_conf"]["condition_lengths"]
    assert lengths == {"tokens": 310}
    assert "condition_lengths" not in full["loa_lm"].config["lm_conf"]
    assert speech["loa_lm"].config["model_conf"]["loa_factor"] == 1
    assert speech["ldm"].config["conditions_conf"]["loa_factor"] == 1
    assert full["loa_lm"].config["model_conf"]["loa_factor"] == 8
    assert full["ldm"].config["conditions_conf"]["loa_factor"] == 8


def test_the_latent_scale_is_that_of_the_file(systems):
    for system in systems.values():
        assert system.parts["ldm"].config["latent_scale"] == pytest.approx(0.41)


def test_conditions_of_the_unet_follow_the_layout(systems):
    dims = {
        layout: tuple(
            systems[layout].parts["ldm"].config["unet_conf"].get(key)
            for key in ("loa_dim", "tokens_dim", "film_dim")
        )
        for layout in VARIANTS
    }
    assert dims["full"] == dims["large"] == (64, 16, None)
    assert dims["speech"] == (64, None, None)
    assert dims["t5"] == (None, 16, None)
    assert dims["film"] == (None, None, 12)


def test_every_part_tells_source_and_terms(systems):
    for member in systems["full"].members().values():
        assert member.provenance["source"] == "x.pth"
        assert member.provenance["licence"].startswith("as stated by the authors")
    notes = systems["full"].notes
    assert any("betas and 11 more" in note for note in notes)


def test_raw_and_averaged_weights_are_different_unets(states, systems, geometry):
    averaged = read_official(states["t5"], "x.pth", "ema", geometry).parts["ldm"]
    raw = systems["t5"].parts["ldm"]
    name = "unet.net.mid_block.resnets.1.conv2.weight"
    given = "middle_block.3.out_layers.3.weight"
    live = states["t5"]["model.diffusion_model." + given]
    average = states["t5"]["model_ema.diffusion_model" + given.replace(".", "")]
    assert torch.equal(raw.state[name], live)
    assert torch.equal(averaged.state[name], average)
    assert not torch.equal(live, average)
    assert (raw.provenance["weights"], averaged.provenance["weights"]) == ("raw", "ema")
    assert "model_ema.*" in raw.provenance["notes"][0]
    assert "raw weights" in averaged.provenance["notes"][0]


def test_an_average_that_the_file_has_not_is_refused(states, geometry):
    state = {n: t for n, t in states["film"].items() if not n.startswith("model_ema.")}
    with pytest.raises(ValueError, match="no moving average"):
        read_official(state, "x.pth", "ema", geometry)
    read_official(state, "x.pth", "raw", geometry)


def test_weights_of_another_name_are_refused(states):
    with pytest.raises(ValueError, match="'best' are unknown"):
        read_official(states["film"], "x.pth", "best")


def test_a_bare_state_of_parallel_training_is_read_alike(states, systems, geometry):
    wrapped = {f"module.{name}": tensor for name, tensor in states["film"].items()}
    system = read_official(wrapped, "x.pth", geometry=geometry)
    expected = systems["film"].parts["ldm"].state
    assert system.parts["ldm"].state.keys() == expected.keys()


@pytest.mark.parametrize(
    "source, layout, variant",
    [
        ("audioldm2-music-665k.pth", "full", "audioldm2-music"),
        ("audioldm2-speech-gigaspeech.pth", "speech", "audioldm2-speech-gigaspeech"),
        ("audioldm2-speech-ljspeech.pth", "speech", "audioldm2-speech-ljspeech"),
    ],
)
def test_models_that_differ_in_training_only_are_told_by_file_name(
    states, systems, source, layout, variant
):
    parts = take_apart(states[layout], source)
    assert variant_of(parts, systems[layout].parts["ldm"], source) == variant


def test_an_unknown_size_without_geometry_is_refused(states):
    with pytest.raises(ValueError, match="4 latent channels and 16 mel bands"):
        read_official(states["film"], "x.pth")


MISSING = [
    "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
    "model_ema.diffusion_modelout2bias",
    "alphas_cumprod_prev",
    "scale_factor",
    "first_stage_model.encoder.conv_in.weight",
    "first_stage_model.vocoder.conv_pre.weight",
    "first_stage_model.vocoder.resblocks.4.convs2.1.bias",
    "cond_stage_models.0.model.h.1.mlp.c_proj.bias",
    "cond_stage_models.0.input_sequence_embed_linear.1.weight",
    f"{INSIDE}1.text_encoder.encoder.ffn_layers.1.conv_1.weight",
    f"{INSIDE}2.audiomae.model.cls_token",
    f"{INSIDE}0.model.logit_scale_t",
    "clap.model.text_branch.pooler.dense.bias",
]


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_tensor_is_refused_in_one_line(states, geometry, name):
    state = dict(states["speech"])
    del state[name]
    with pytest.raises(ValueError) as caught:
        read_official(state, "x.pth", geometry=geometry)
    message = str(caught.value)
    assert "\n" not in message and ("missing" in message or " no " in message)


@pytest.mark.parametrize(
    "name",
    [
        "model.diffusion_model.extra.weight",
        "model_ema.diffusion_modelextraweight",
        "first_stage_model.encoder.extra.weight",
        "first_stage_model.vocoder.extra.weight",
        "cond_stage_models.0.model.extra.weight",
        f"{INSIDE}0.model.extra.weight",
        f"{INSIDE}2.audiomae.model.extra.weight",
        "extra.weight",
    ],
)
def test_an_extra_tensor_is_refused_by_its_name(states, geometry, name):
    state = states["speech"] | {name: torch.zeros(2, 7)}
    with pytest.raises(ValueError) as caught:
        read_official(state, "x.pth", geometry=geometry)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "model.diffusion_model.middle_block.0.emb_layers.1.weight",
        "first_stage_model.decoder.up.1.block.2.conv1.weight",
        "first_stage_model.vocoder.resblocks.0.convs1.2.weight",
        "cond_stage_models.0.model.h.0.attn.c_proj.weight",
        f"{INSIDE}2.audiomae.model.pos_embed",
    ],
)
def test_a_misshapen_tensor_is_refused_by_its_name_in_the_file(states, geometry, name):
    state = dict(states["speech"])
    right = tuple(state[name].shape)
    state[name] = torch.zeros(3, *right[1:])
    wrong = tuple(state[name].shape)
    if name.startswith("model.diffusion"):
        average = "model_ema." + name.removeprefix("model.").replace(".", "")
        state[average] = state[name]
    with pytest.raises(ValueError) as caught:
        read_official(state, "x.pth", geometry=geometry)
    assert f"misshapen: {name} {wrong}, not {right}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_transformer_where_its_level_has_none_is_refused(states, geometry):
    name = "model.diffusion_model.input_blocks.1.1.proj_in.weight"
    state = {n: t for n, t in states["film"].items() if not n.startswith("model_ema.")}
    state[name] = torch.zeros(32, 32, 1, 1)
    with pytest.raises(ValueError, match=rf"extra: {name} \(32, 32, 1, 1\)"):
        read_official(state, "x.pth", geometry=geometry)


def test_a_misshapen_average_is_refused_with_both_shapes(states, geometry):
    state = states["film"] | {"model_ema.diffusion_modelout2bias": torch.zeros(9)}
    with pytest.raises(
        ValueError, match=r"average of \S+out\.2\.bias .*\(9,\).*\(4,\)"
    ):
        read_official(state, "x.pth", geometry=geometry)


def test_another_noise_schedule_is_refused_by_the_name_of_its_vector(states, geometry):
    state = states["film"] | {"betas": torch.linspace(0.0001, 0.02, 1000)}
    with pytest.raises(ValueError, match=r"x\.pth: betas\["):
        read_official(state, "x.pth", geometry=geometry)


def test_batch_statistics_of_clap_may_drift_and_those_of_gpt2s_copy_are_kept(
    states, geometry
):
    tail = "model.audio_branch.bn0.running_mean"
    state = dict(states["speech"])
    state[f"{INSIDE}0.{tail}"] = state[f"{INSIDE}0.{tail}"] + 0.5
    system = read_official(state, "x.pth", geometry=geometry)
    clap = system.encoders["sentence_encoder"]
    kept = clap.state["audio_model.audio_encoder.batch_norm.running_mean"]
    assert torch.equal(kept, state[f"{INSIDE}0.{tail}"])
    assert "differ by up to 0.5" in clap.provenance["notes"][0]


@pytest.mark.parametrize(
    "layout, name",
    [
        ("speech", "clap.model.text_projection.2.weight"),
        ("film", "cond_stage_models.0.model.audio_branch.norm.bias"),
        ("full", "cond_stage_models.1.model.encoder.final_layer_norm.weight"),
    ],
)
def test_copies_that_differ_in_a_weight_are_refused(states, geometry, layout, name):
    state = states[layout] | {name: states[layout][name] + 1e-3}
    with pytest.raises(ValueError, match="differs from its copy.*choose it with"):
        read_official(state, "x.pth", geometry=geometry)


@pytest.mark.parametrize(
    "use, place", [("ranking", "clap."), ("loa_lm", f"{INSIDE}0.")]
)
def test_the_copy_that_was_chosen_is_the_encoder(states, geometry, use, place):
    tail = "model.text_projection.2.bias"
    state = states["speech"] | {f"clap.{tail}": states["speech"][f"clap.{tail}"] + 1}
    system = read_official(state, "x.pth", geometry=geometry, copies={"clap": use})
    clap = system.encoders["sentence_encoder"]
    assert torch.equal(
        clap.state["text_projection.linear2.bias"], state[f"{place}{tail}"]
    )
    assert clap.provenance["copy"] == use
    assert "was chosen; tensors that differ: 1" in clap.provenance["notes"][0]
