"""What every autoencoder has."""

import pytest

from espnet2.gen_audio.vae.abs_vae import AbsVAE


@pytest.mark.parametrize("missing", ["encode", "decode", "last_weight"])
def test_an_autoencoder_without_its_methods_cannot_be_made(missing):
    methods = {name: None for name in ("encode", "decode", "last_weight")}
    whole = type("Whole", (AbsVAE,), dict(methods))
    assert whole()
    methods.pop(missing)
    with pytest.raises(TypeError, match=missing):
        type("Half", (AbsVAE,), methods)()
