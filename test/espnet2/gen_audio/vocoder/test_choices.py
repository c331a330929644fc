"""What --vocoder may name, in training and where a folder may stand."""

import pytest

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.build import build_vocoder
from espnet2.gen_audio.vocoder.choices import (
    UNTRAINED_DEFAULT,
    is_untrained,
    untrained_vocoder,
    vocoder_choices,
)
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim


def test_a_name_without_weights_is_a_vocoder_and_any_other_a_folder():
    geometry = ClipGeometry(seconds=0.64, n_mels=16)
    made = untrained_vocoder("griffin_lim", geometry)
    assert isinstance(made, GriffinLim) and made.hop == geometry.hop
    assert untrained_vocoder("exp/vocoder", geometry) is None
    assert untrained_vocoder("hifigan", geometry) is None


def test_the_classes_say_which_names_need_no_weights():
    untrained = {name for name in vocoder_choices.classes if is_untrained(name)}
    assert untrained == {UNTRAINED_DEFAULT}
    assert not is_untrained("exp/griffin_lim")


def test_hifigan_is_the_default_of_training():
    assert vocoder_choices.default == "hifigan"
    with pytest.raises(ValueError, match="'wavenet' is unknown; use hifigan"):
        build_vocoder({"vocoder": "wavenet"})
    with pytest.raises(ValueError, match="griffin_lim has no weights to train"):
        build_vocoder({"vocoder": "griffin_lim"})
