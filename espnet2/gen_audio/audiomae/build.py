"""Build the AudioMAE model from the plain contents of a config.yaml."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.audiomae.decoder import AudioMAEDecoder
from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.audiomae.espnet_model import ESPnetAudioMAEModel
from espnet2.gen_audio.audiomae.mae import MaskedAutoencoder
from espnet2.gen_audio.choices import build_with
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

    Raises:
        ValueError: If a key is unknown, or a value does not fit.
    """
    config = with_new_names("audiomae", config)
    geometry = ClipGeometry.from_dict(config.get("geometry_conf") or {})

    def build(target: type, key: str, *arguments: Any) -> Any:
        """Build one component."""
        return build_with(target, key, config.get(key), *arguments)

    encoder = build(AudioMAEEncoder, "encoder_conf", geometry)
    decoder = build(AudioMAEDecoder, "decoder_conf", geometry, encoder.width)
    fbank = build(AudioMAEFbank, "fbank_conf", geometry)
    mae = MaskedAutoencoder(encoder, decoder, geometry.patch)
    return build(ESPnetAudioMAEModel, "model_conf", mae, fbank, geometry)
