"""The table of autoencoders: values of ``--vae``."""

from espnet2.train.class_choices import ClassChoices

from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.light_decoder import LightMelVAE
from espnet2.gen_audio.vae.linear_autoencoder import LinearMelVAE

vae_choices = ClassChoices(
    "vae",
    classes={
        "mel_vae": MelVAE,
        "linear_mel_vae": LinearMelVAE,
        "light_mel_vae": LightMelVAE,
    },
    type_check=AbsVAE,
    default="mel_vae",
)
