"""What a text encoder of one's own inherits and has to bring."""

import pytest

from espnet2.gen_audio.encoder.abs_text_encoder import AbsTextEncoder
from espnet2.gen_audio.encoder.caption_unit_encoder import TextUnitEncoder
from espnet2.gen_audio.encoder.phoneme_encoder import PhonemeEncoder


def test_an_encoder_without_its_methods_cannot_be_made():
    class Half(AbsTextEncoder):
        stream = "caption"

    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_encoders_say_what_they_read_and_whether_it_is_spoken():
    facts = {
        encoder: (encoder.condition, encoder.stream, encoder.speech)
        for encoder in (TextUnitEncoder, PhonemeEncoder)
    }
    assert facts[TextUnitEncoder] == ("tokens", "caption", False)
    assert facts[PhonemeEncoder] == ("tokens", "phonemes", True)
