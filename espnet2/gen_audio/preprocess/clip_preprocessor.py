"""Crop, normalise and pad one clip for a batch.

Shapes: T samples. The order is that of AudioLDM 2's training: crop, normalise, pad. A
vocoder segment is cut from the normalised clip, so it has the level of the clip.
"""

import numpy as np

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.crop import crop, pad_end
from espnet2.gen_audio.feats.waveform import normalise_peak


class ClipPreprocessor:
    """ESPnet's ``preprocess``: (uid, data) -> data, with ``data["audio"]`` processed.

    It is a plain callable and no subclass of ESPnet's ``AbsPreprocessor``, whose module
    takes seconds to import; ESPnet's datasets accept any callable.

    Args:
        train: Whether crops are random (with numpy's global generator, which ESPnet
            seeds for each worker and epoch); if False, a crop is the beginning.
        geometry: Length of a clip.
        samples: Length of the result if it is not a whole clip (vocoder segments); a
            multiple of the hop, at most a clip.
        name: Name of the audio in ``data``.

    Raises:
        ValueError: If ``samples`` does not fit the geometry.
    """

    def __init__(
        self,
        train: bool,
        geometry: ClipGeometry,
        samples: int | None = None,
        name: str = "audio",
    ):
        self.train = train
        self.geometry = geometry
        self.samples = geometry.samples if samples is None else samples
        self.name = name
        if not 0 < self.samples <= geometry.samples or self.samples % geometry.hop:
            raise ValueError(
                f"a segment of {self.samples} samples must be a multiple of hop"
                f" {geometry.hop} and at most a clip, {geometry.samples} samples"
            )

    def __call__(
        self, uid: str, data: dict[str, str | np.ndarray]
    ) -> dict[str, str | np.ndarray]:
        """Replace the audio by a clip of fixed length and level.

        Args:
            uid: Utterance id, for messages.
            data: The example; other entries than the audio are not changed.

        Returns:
            The example with float32 audio, (samples,).

        Raises:
            ValueError: If the audio is not one channel, empty or not finite.
        """
        if self.name not in data:
            return data
        wave = np.asarray(data[self.name], dtype=np.float32)
        if wave.ndim != 1 or not len(wave):
            raise ValueError(
                f"{uid}: the audio must be one channel with samples, not of shape"
                f" {wave.shape}; run stage format_audio on it"
            )
        rng = np.random if self.train else None
        try:
            wave = normalise_peak(crop(wave, self.geometry.samples, rng))
        except ValueError as error:
            raise ValueError(f"{uid}: {error}") from error
        segment = crop(wave, self.samples, rng)
        return {**data, self.name: pad_end(segment, self.samples)}
