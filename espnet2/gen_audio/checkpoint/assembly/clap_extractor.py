"""The config of CLAP's feature extractor, for a CLAP that came without one.

Source: the published folder of AudioLDM 2, whose CLAP is LAION's non-fusion one,
arXiv:2211.06687.
"""

from typing import Any


def clap_extractor(mels: int) -> dict[str, Any]:
    """Return preprocessor_config.json.

    Args:
        mels: Mel bands that the audio branch takes.

    Returns:
        Arguments of ``ClapFeatureExtractor``, as published. ``padding`` is for
        diffusers' pipeline: here, as in the authors' program, short sounds are not
        padded, see ``encoder.clap``.
    """
    return {
        "feature_extractor_type": "ClapFeatureExtractor",
        "feature_size": mels,
        "sampling_rate": 48000,
        "hop_length": 480,
        "fft_window_size": 1024,
        "frequency_min": 50,
        "frequency_max": 14000,
        "max_length_s": 10,
        "truncation": "rand_trunc",
        "padding": "repeatpad",
        "padding_value": 0.0,
        "return_attention_mask": False,
    }
