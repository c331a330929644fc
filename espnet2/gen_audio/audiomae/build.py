"""Build the AudioMAE model from the plain contents of a config.yaml."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.audiomae.decoder import AudioMAEDecoder
from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.audiomae.espnet_model import ESPnetAudioMAEModel
from espnet2.gen_audio.audiomae.mae import MaskedAutoencoder
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.fbank import AudioMAEFbank
from espnet2.gen_audio.old_names import with_new_names


def build_audiomae(config: Mapping[str, Any]) -> ESPnetAudioMAEModel:
    """Return the model of a configuration.

    Args:
        config: ``geometry_conf``, ``encoder_conf``, ``decoder_conf``, ``fbank_conf``
            and ``model_conf``, each the arguments of one component; absent keys have
            the published values. Other keys are ignored.

    Returns:
        The model, newly initialised.
    """
    config = with_new_names("audiomae", config)
    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})
    encoder = AudioMAEEncoder(geometry, **(config.get("encoder_conf") or {}))
    decoder = AudioMAEDecoder(
        geometry, encoder.width, **(config.get("decoder_conf") or {})
    )
    fbank = AudioMAEFbank(geometry, **(config.get("fbank_conf") or {}))
    return ESPnetAudioMAEModel(
        MaskedAutoencoder(encoder, decoder, geometry.patch),
        fbank,
        geometry,
        **(config.get("model_conf") or {}),
    )
