"""Mel-cepstra and F0 of a clip by WORLD, as in ESPnet's scripts.

Frames of 256 samples, F0 by Harvest between 40 and 800 Hz, WORLD's spectral envelope as
in ESPnet's evaluate_f0.py. ESPnet's evaluate_mcd.py uses SPTK instead, so compare
distortions of one program only. Spectra have a floor: without it, the inaudible
difference between digital silence and faint noise would dominate the distortion of
clips that are padded with zeros.

Shapes: T samples, N frames, C coefficients.
Source: ESPnet, egs2/TEMPLATE/asr1/pyscripts/utils/evaluate_{mcd,f0}.py.
"""

import warnings

import numpy as np

from espnet2.gen_audio.metrics.encoders.packaged_weights import require_library
from espnet2.gen_audio.metrics.functional.mel_cepstral import SpeechFrames, mel_cepstra

SHIFT, FFT = 256, 1024  # samples of frame shift and window
F0_RANGE = (40.0, 800.0)  # lowest and highest F0 in hertz
FLOOR = 1e-6  # 60 dB below the mean power of the loudest frame
# sample rate -> (highest coefficient, warping), as in ESPnet
ANALYSIS = {
    16000: (23, 0.42),
    22050: (34, 0.45),
    24000: (34, 0.46),
    44100: (39, 0.53),
    48000: (39, 0.55),
}


def require_world() -> None:
    """Raise an error if pyworld is missing."""
    require_library("pyworld", "mel-cepstral distortion and F0")


def speech_frames(wave: np.ndarray, rate: int) -> SpeechFrames:
    """Analyse a clip with WORLD.

    Args:
        wave: Samples, (T,).
        rate: Their rate in hertz.

    Returns:
        Mel-cepstra, (N, C), and F0, (N,).

    Raises:
        ValueError: If ESPnet defines no analysis for the rate.
    """
    if rate not in ANALYSIS:
        raise ValueError(
            f"mel-cepstra of {rate} Hz: the rates are {', '.join(map(str, ANALYSIS))}; "
            "resample the clips"
        )
    require_world()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyworld uses pkg_resources
        import pyworld

    wave = np.ascontiguousarray(wave, dtype=np.float64)
    low, high = F0_RANGE
    period = 1000 * SHIFT / rate
    f0, times = pyworld.harvest(wave, rate, low, high, period)
    power = pyworld.cheaptrick(wave, f0, times, rate, fft_size=FFT)
    power = np.maximum(power, FLOOR * power.mean(axis=1).max())
    return SpeechFrames(mel_cepstra(power, *ANALYSIS[rate]), f0)
