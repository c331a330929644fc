"""CLAP and FLAN-T5 of a checkpoint against plain references of the official layout."""

import json

import plain_encoders
import pytest
import torch
from torch.nn.functional import normalize

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.assembly.encoders import clap_encoder, t5_encoder
from espnet2.gen_audio.encoder.hugging_face import load_frozen

CLAP_TOLD = provenance_of("sentence_encoder", "/some/where/x.pth")
T5_TOLD = provenance_of("tokens_encoder", "x.pth")


@pytest.fixture
def clap(official):
    return official.fill(official.clap(), 1)


@pytest.fixture
def t5(official):
    return official.fill(official.t5(), 2)


def opened(encoder, class_name, folder):
    """Write an encoder and open it as conditioners do; nothing may be missing."""
    import transformers

    write_system(System("custom", {}, {encoder.name: encoder}), folder)
    return load_frozen(getattr(transformers, class_name), folder / encoder.name)


def features(output):
    return normalize(getattr(output, "pooler_output", output), dim=-1)


def test_clap_encodes_text_as_the_plain_reference_does(clap, tmp_path):
    model = opened(clap_encoder(clap, CLAP_TOLD), "ClapModel", tmp_path)
    ids = torch.tensor([[0, 5, 9, 22, 2], [0, 7, 7, 3, 2]])
    with torch.no_grad():
        given = features(model.get_text_features(ids, torch.ones_like(ids)))
    expected = plain_encoders.clap_text(clap, ids)
    assert torch.allclose(given, expected, atol=1e-5)
    assert not torch.allclose(given[0], given[1], atol=1e-3)


def test_clap_encodes_sound_as_the_plain_reference_does(clap, tmp_path):
    model = opened(clap_encoder(clap, CLAP_TOLD), "ClapModel", tmp_path)
    mel = torch.randn(2, 256, 16, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        given = features(model.get_audio_features(mel[:, None]))
    expected = plain_encoders.clap_audio(clap, mel)
    assert torch.allclose(given, expected, atol=1e-5)
    assert not torch.allclose(given[0], given[1], atol=1e-3)


@pytest.mark.parametrize("swapped", ["query key", "key value", "query value"])
def test_a_wrong_split_of_queries_keys_and_values_would_change_the_vectors(
    clap, tmp_path, swapped
):
    """The test above is only worth something if it fails on a wrong split."""
    first, second = swapped.split()
    encoder = clap_encoder(clap, CLAP_TOLD)
    state = encoder.state
    for name in [n for n in state if f"self.{first}." in n and "layers." in n]:
        other = name.replace(first, second)
        state[name], state[other] = state[other], state[name]
    model = opened(encoder, "ClapModel", tmp_path)
    mel = torch.randn(2, 256, 16, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        given = features(model.get_audio_features(mel[:, None]))
    assert not torch.allclose(given, plain_encoders.clap_audio(clap, mel), atol=1e-4)


def test_sizes_of_clap_are_read_from_its_tensors(clap):
    config = clap_encoder(clap, CLAP_TOLD).config
    audio, text = config["audio_config"], config["text_config"]
    assert audio["depths"] == [2, 1] and audio["num_attention_heads"] == [2, 4]
    assert audio["window_size"] == 2 and audio["spec_size"] == 64
    assert audio["patch_embeds_hidden_size"] == 8 and audio["hidden_size"] == 16
    assert text["num_hidden_layers"] == 2 and text["vocab_size"] == 23
    assert text["layer_norm_eps"] == 1e-5  # RoBERTa's, not transformers' for CLAP
    assert config["projection_dim"] == 12


def test_published_clap_has_the_sizes_of_htsat_base(official):
    shapes = official.clap(
        128, (2, 2, 12, 2), (4, 8, 16, 32), 8, 64, 768, 12, 50265, 514, 512, 527
    )
    state = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    config = clap_encoder(state, CLAP_TOLD).config
    audio = config["audio_config"]
    assert audio["spec_size"] == 256 and audio["hidden_size"] == 1024
    assert config["text_config"]["num_attention_heads"] == 12


def test_what_clap_does_not_need_is_listed(clap):
    notes = "\n".join(clap_encoder(clap, CLAP_TOLD).provenance["notes"])
    for reason in ("computed again", "feature extractor", "classifier", "transform"):
        assert reason in notes
    assert clap_encoder(clap, CLAP_TOLD).provenance["source"] == "x.pth"


def test_index_tables_of_clap_equal_those_of_the_file(clap):
    state = clap_encoder(clap, CLAP_TOLD).state
    name = "layers.0.blocks.1.attn.relative_position_index"
    ours = name.replace(".attn.", ".attention.self.")
    made = state[f"audio_model.audio_encoder.{ours}"]
    assert torch.equal(made, clap[f"audio_branch.{name}"])
    places = state["text_model.embeddings.position_ids"]
    assert torch.equal(places, clap["text_branch.embeddings.position_ids"])


def test_the_feature_extractor_of_clap_is_described(clap):
    files = clap_encoder(clap, CLAP_TOLD).files
    described = json.loads(files["preprocessor_config.json"])
    assert described["feature_size"] == 16 and described["sampling_rate"] == 48000


@pytest.mark.parametrize(
    "name",
    [
        "audio_branch.layers.0.blocks.1.mlp.fc2.bias",
        "audio_branch.layers.1.blocks.0.attn.qkv.weight",
        "audio_branch.bn0.running_var",
        "text_branch.pooler.dense.weight",
        "text_projection.0.weight",
        "audio_projection.2.bias",
        "logit_scale_a",
    ],
)
def test_a_missing_tensor_of_clap_is_refused_by_name(clap, name):
    del clap[name]
    leaf = {"fc2": "output", "qkv": "query", "bn0": "batch_norm"}
    parts = [leaf[p] for p in name.split(".") if p in leaf] or [name.split(".")[-1]]
    with pytest.raises(ValueError, match=rf"^x\.pth, CLAP.*{parts[0]}") as caught:
        clap_encoder(clap, CLAP_TOLD)
    assert "\n" not in str(caught.value)


def test_an_extra_tensor_of_clap_is_refused_by_name(clap):
    clap["audio_branch.adapter.weight"] = torch.zeros(3)
    with pytest.raises(ValueError, match=r"audio_branch\.adapter\.weight \(3,\)"):
        clap_encoder(clap, CLAP_TOLD)


def test_a_misshapen_tensor_of_clap_is_refused_with_both_shapes(clap):
    clap["text_branch.encoder.layer.1.output.dense.weight"] = torch.zeros(3, 5)
    with pytest.raises(ValueError, match=r"\(3, 5\), not \(64, 256\)"):
        clap_encoder(clap, CLAP_TOLD)


def test_an_attention_that_has_no_three_parts_is_refused(clap):
    clap["audio_branch.layers.0.blocks.0.attn.qkv.bias"] = torch.zeros(7)
    with pytest.raises(ValueError, match=r"qkv\.bias has shape \(7,\)"):
        clap_encoder(clap, CLAP_TOLD)


def test_a_fusion_clap_is_refused(clap):
    clap["audio_branch.patch_embed.mel_conv2d.weight"] = torch.zeros(1)
    with pytest.raises(ValueError, match="fusion CLAP"):
        clap_encoder(clap, CLAP_TOLD)


def test_t5_reads_text_as_the_plain_reference_does(t5, tmp_path):
    model = opened(t5_encoder(t5, T5_TOLD), "T5EncoderModel", tmp_path)
    ids = torch.tensor([[3, 4, 12, 5, 1], [7, 7, 2, 9, 1]])
    with torch.no_grad():
        given = model(ids, torch.ones_like(ids))[0]
    assert torch.allclose(given, plain_encoders.t5(t5, ids), atol=1e-5)


def test_sizes_of_t5_are_read_from_its_tensors(t5):
    config = t5_encoder(t5, T5_TOLD).config
    wanted = {"d_model": 16, "num_heads": 2, "d_kv": 8, "d_ff": 24, "num_layers": 2}
    assert wanted.items() <= config.items()


def test_the_second_name_of_the_token_table_is_left_out_and_listed(t5):
    encoder = t5_encoder(t5, T5_TOLD)
    assert "encoder.embed_tokens.weight" not in encoder.state
    assert "encoder.embed_tokens.weight: second" in encoder.provenance["notes"][0]


def test_two_token_tables_of_t5_that_differ_are_refused(t5):
    t5["encoder.embed_tokens.weight"][3, 3] += 1e-3
    with pytest.raises(ValueError, match="embed_tokens.weight differ"):
        t5_encoder(t5, T5_TOLD)


@pytest.mark.parametrize(
    "name",
    [
        "shared.weight",
        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        "encoder.block.1.layer.1.DenseReluDense.wi_1.weight",
    ],
)
def test_a_missing_tensor_of_t5_is_refused_by_name(t5, name):
    del t5[name]
    with pytest.raises(ValueError, match=rf"{name}.* is missing|missing: {name}"):
        t5_encoder(t5, T5_TOLD)


def test_a_misshapen_tensor_of_t5_is_refused_with_both_shapes(t5):
    t5["encoder.final_layer_norm.weight"] = torch.zeros(4)
    with pytest.raises(ValueError, match=r"norm\.weight \(4,\), not \(16,\)"):
        t5_encoder(t5, T5_TOLD)
