"""What --vae may name."""

import pytest

from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vae.choices import vae_choices


def test_the_published_autoencoder_is_the_default_and_unknown_names_are_refused():
    assert vae_choices.classes[vae_choices.default] is MelVAE
    with pytest.raises(ValueError, match="vae 'os.system' is unknown; use mel_vae"):
        build_vae({"vae": "os.system"})
