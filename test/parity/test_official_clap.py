"""CLAP of a converted checkpoint against the plain one, from sound to score."""

import official_clap
import pytest
import torch
from encoder_shapes import clap as clap_shapes
from official_state import fill
from plain_encoders import clap_text
from torch.nn.functional import pad

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.assembly.encoders import clap_encoder
from espnet2.gen_audio.encoder.clap import ClapEncoder
from espnet2.gen_audio.pipeline.ranking import ClapRanking

CAPTION = "a dog barks"
SECONDS = (2.56, 5.12, 9.9, 10.24)
SIZES = {"depths": (2, 1), "heads": (2, 4), "window": 8}
BOUND = 1e-5


@pytest.fixture(scope="module")
def state():
    shapes = clap_shapes(mels=64, vocabulary=320, positions=66, **SIZES)
    return fill(shapes, 0)


@pytest.fixture(scope="module")
def clap(state, tmp_path_factory):
    """Convert the weights, add a tokenizer, and open the folder."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaTokenizerFast

    folder = tmp_path_factory.mktemp("clap")
    made = clap_encoder(state, provenance_of("sentence_encoder", "x.pth"))
    write_system(System("custom", {}, {made.name: made}), folder)
    folder = folder / made.name
    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator([CAPTION], 300, special_tokens=special)
    trained.save_model(str(folder))
    files = str(folder / "vocab.json"), str(folder / "merges.txt")
    RobertaTokenizerFast(*files, model_max_length=64).save_pretrained(folder)
    return ClapEncoder(str(folder))


def noise(seconds, rate=16000):
    """Return two sounds that grow, so that no part is like another."""
    samples = round(seconds * rate)
    generator = torch.Generator().manual_seed(1)
    rising = torch.linspace(0.05, 1, samples) ** 2
    return 0.5 * rising * torch.randn(2, samples, generator=generator).clamp(-2, 2)


def scores(clap, waves, rate=16000):
    return torch.tensor(ClapRanking(lambda: clap)("id", CAPTION, waves, rate))


def expected_scores(state, clap, waves):
    ids, _ = clap.tokenizer([CAPTION])
    sound = official_clap.encode(state, waves, 16000, **SIZES)
    return torch.cosine_similarity(clap_text(state, ids), sound)


@pytest.mark.parametrize("seconds", SECONDS)
def test_a_sound_of_any_length_has_the_authors_vector_and_score(state, clap, seconds):
    waves = noise(seconds)
    with torch.no_grad():
        wanted = official_clap.encode(state, waves, 16000, **SIZES)
        found = clap.audio(waves, 16000).embedding[:, 0]
        assert (found - wanted).abs().max() < BOUND
        difference = scores(clap, waves) - expected_scores(state, clap, waves)
    assert difference.abs().max() < BOUND
    assert (wanted[0] - wanted[1]).abs().max() > 1e-3


@pytest.mark.parametrize("seconds", [2.56, 5.12, 9.9])
@pytest.mark.parametrize("form", ["pad", "repeatpad"])
def test_silence_or_copies_behind_a_short_sound_give_another_score(
    state, clap, form, seconds
):
    waves = noise(seconds)
    copies = int(10 / seconds) if form == "repeatpad" else 1
    filled = waves.repeat(1, copies)
    filled = pad(filled, (0, 160000 - filled.shape[1]))
    with torch.no_grad():
        difference = scores(clap, filled) - expected_scores(state, clap, waves)
    assert difference.abs().max() > 10 * BOUND
