"""The phoneme encoder: pads, positions, and what it refuses."""

import pytest
import torch

from espnet2.gen_audio.encoder.choices import build_text_encoder
from espnet2.gen_audio.encoder.phoneme_encoder import PhonemeEncoder
from espnet2.gen_audio.encoder.sinusoidal import sinusoids

SIZES = {"width": 16, "layers": 2, "inner": 24, "flow_width": 16, "max_positions": 12}


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return PhonemeEncoder(**SIZES).eval()


def test_the_published_sizes_have_the_published_number_of_parameters():
    with torch.device("meta"):
        encoder = PhonemeEncoder()
    assert sum(p.numel() for p in encoder.parameters()) == 6_387_264
    assert encoder.positions.shape == (1, 192, 310)


def test_a_text_does_not_depend_on_what_it_is_padded_with(encoder):
    alone = encoder(torch.tensor([[5, 6, 7]]), torch.tensor([3]))
    padded = torch.tensor([[5, 6, 7, 9, 9], [1, 2, 3, 4, 5]])
    together = encoder(padded, torch.tensor([3, 5]))
    got = together.embedding[0, :3]
    torch.testing.assert_close(got, alone.embedding[0], rtol=1e-5, atol=1e-6)
    assert (together.embedding[0, 3:] == 0).all()
    assert together.mask.tolist() == [[True] * 3 + [False] * 2, [True] * 5]


def test_positions_begin_at_zero_and_are_added_behind_the_encoder(encoder):
    ids, lengths = torch.tensor([[5, 6]]), torch.tensor([2])
    before = encoder(ids, lengths).embedding
    moved = PhonemeEncoder(**SIZES).eval()
    moved.load_state_dict(encoder.state_dict())
    assert (moved.positions == 0).all()
    with torch.no_grad():
        moved.positions += torch.arange(12.0)
    shift = moved(ids, lengths).embedding - before
    torch.testing.assert_close(shift[0, :, 0], torch.tensor([0.0, 1.0]))


def test_training_reaches_table_and_encoder():
    encoder = PhonemeEncoder(**SIZES)
    out = encoder(torch.tensor([[5, 6]]), torch.tensor([2])).embedding
    out.square().sum().backward()
    assert encoder.positions.grad[0, :, :2].abs().sum() > 0
    assert encoder.net.embed_tokens.weight.grad[5].abs().sum() > 0


def test_it_is_chosen_by_name_and_reads_phonemes():
    config = {"text_encoder": "phonemes", "text_encoder_conf": SIZES}
    encoder = build_text_encoder(config)
    assert isinstance(encoder, PhonemeEncoder) and encoder.stream == "phonemes"


@pytest.mark.parametrize(
    "ids, message",
    [([[1] * 13], "12 positions"), ([[183]], "knows 183 symbols")],
)
def test_what_does_not_fit_is_refused(encoder, ids, message):
    with pytest.raises(ValueError, match=message):
        encoder(torch.tensor(ids), torch.tensor([len(ids[0])]))


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="heads=3"):
        PhonemeEncoder(width=16, heads=3)


def test_the_rows_follow_from_the_phonemes_of_the_config():
    tokens = ["<blank>", "<unk>", "a", "b", "<sos/eos>"]
    config = {
        "text_encoder": "phonemes",
        "text_encoder_conf": SIZES,
        "phonemes_conf": {"g2p": "char", "tokens": tokens},
    }
    assert build_text_encoder(config).vocabulary == 5
    config["text_encoder_conf"] = SIZES | {"vocabulary": 183}
    with pytest.raises(
        ValueError, match="vocabulary: 183, but the phonemes are a list"
    ):
        build_text_encoder(config)


def test_the_table_of_positions_may_begin_as_sinusoids():
    table = PhonemeEncoder(183, **SIZES, sinusoidal_positions=True).positions[0].T
    torch.testing.assert_close(table.detach(), 0.5 * sinusoids(torch.arange(12), 16))
