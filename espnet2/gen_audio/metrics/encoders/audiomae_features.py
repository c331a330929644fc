"""Our own AudioMAE as an encoder of sounds, marked in-domain.

Its patch features, over the patches that the clip covers, are the frames. LOA is pooled
from these features, so systems of this package are trained towards them: a distance in
this space must not be compared with that of a system that is not.

Shapes: T samples, P patches, D features.
"""

from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.audiomae.build import build_audiomae
from espnet2.gen_audio.feats.crop import crop, is_audible, pad_end
from espnet2.gen_audio.feats.waveform import normalise_peak, resample
from espnet2.gen_audio.files.plain_yaml import read_yaml
from espnet2.gen_audio.metrics.encoders.embedder import clip_mean
from espnet2.gen_audio.metrics.encoders.encoding import Encoding, file_digest
from espnet2.gen_audio.metrics.encoders.given_weights import read_weights


class AudioMAEFeaturesEncoder:
    """The encoder of an AudioMAE that this package trained or converted.

    Args:
        name: Name in the protocol.
        path: File of weights, with the config.yaml of its training beside it.

    Raises:
        ValueError: If there is no config.yaml, or the weights are of another network.
    """

    gives = ("embedding",)
    in_domain = True

    def __init__(self, name: str, path: Path):
        self.name = name
        config = path.parent / "config.yaml"
        if not path.is_file() or not config.is_file():
            raise ValueError(
                f"{path}: give a file of weights with config.yaml beside it, such as "
                "exp/audiomae_*/valid.loss.best.pth"
            )
        self.sha256 = file_digest(path)
        self._model = build_audiomae(read_yaml(config, "give an AudioMAE"))
        shapes = {k: tuple(v.shape) for k, v in self._model.state_dict().items()}
        self._model.load_state_dict(read_weights(path, shapes))
        self._model.eval().requires_grad_(False)

    def encode(self, wave: np.ndarray, rate: int) -> Encoding:
        """Encode samples (T,) at a rate in hertz."""
        geometry = self._model.geometry
        wave = crop(resample(wave, rate, geometry.sample_rate), geometry.samples)
        covered = -(-len(wave) * geometry.time_patches // geometry.samples)
        if is_audible(wave):
            wave = normalise_peak(wave)
        clip = torch.from_numpy(pad_end(wave, geometry.samples))[None]
        with torch.inference_mode():
            features = self._model.patch_features(clip)[0]  # time-major, (P, D)
        frames = features[: max(1, covered) * geometry.freq_patches].numpy()
        return Encoding(clip_mean(frames), None, frames)
