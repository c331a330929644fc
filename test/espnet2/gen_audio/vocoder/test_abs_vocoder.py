"""What every vocoder has."""

import pytest
import torch

from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder


class Silence(AbsVocoder):
    """Four samples a frame, and one too many; notes the precision that it is given."""

    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, mel, trim=True):
        wave = torch.zeros(len(mel), mel.shape[1] * 4 + 1, dtype=mel.dtype)
        return wave[:, :-1] if trim else wave


def test_decoding_trims_unless_told_otherwise_and_weights_are_expected():
    vocoder, mel = Silence(None), torch.zeros(2, 3, 5)
    assert vocoder.decode(mel).shape == (2, 12)
    assert vocoder.decode(mel, trim=False).shape == (2, 13)
    assert vocoder.decode(mel, odd_padding="floor").shape == (2, 12)  # it has none
    assert AbsVocoder.is_trained


def test_a_mel_is_decoded_in_the_precision_of_the_weights_where_there_are_any():
    mel = torch.zeros(2, 3, 5, dtype=torch.float64)
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.bfloat16))
    assert Silence(weight).decode(mel).dtype == torch.bfloat16
    assert Silence(None).decode(mel).dtype == torch.float64


def test_a_vocoder_without_a_forward_pass_cannot_be_made():
    with pytest.raises(TypeError, match="forward"):
        AbsVocoder()
