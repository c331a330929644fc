"""What a frozen encoder of one's own inherits and has to bring."""

import pytest
import torch

from espnet2.gen_audio.encoder.abs_frozen_encoder import AUDIO, AbsFrozenEncoder


class Nothing(AbsFrozenEncoder):
    sources = (AUDIO,)

    @classmethod
    def of_stream(cls, name, stream, max_length, device, dtype):
        return cls()


def test_an_encoder_refuses_what_it_does_not_encode_and_says_what_it_does():
    encoder = Nothing.of_stream("nothing", "x", 1, "cpu", torch.float32)
    with pytest.raises(ValueError, match="Nothing encodes .'audio',., no captions"):
        encoder(["a dog"])
    with pytest.raises(ValueError, match="Nothing encodes .*, no sounds"):
        encoder.audio(torch.zeros(1, 10), 16000)


def test_an_encoder_that_cannot_be_loaded_by_name_cannot_be_made():
    with pytest.raises(TypeError, match="of_stream"):
        AbsFrozenEncoder()
