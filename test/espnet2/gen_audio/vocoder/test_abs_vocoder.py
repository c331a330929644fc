"""What every vocoder has."""

import pytest
import torch

from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder


class Silence(AbsVocoder):
    def forward(self, mel):
        return torch.zeros(len(mel), mel.shape[1] * 4)


def test_decoding_is_calling_and_weights_are_expected():
    assert Silence().decode(torch.zeros(2, 3, 5)).shape == (2, 12)
    assert AbsVocoder.is_trained


def test_a_vocoder_without_a_forward_pass_cannot_be_made():
    with pytest.raises(TypeError, match="forward"):
        AbsVocoder()
