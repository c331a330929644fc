"""Mix the channels of a sound to one, block by block.

Shapes: T samples of C channels. The channels are averaged. If they cancel each other,
as a channel and its inverse do, the sound is refused, so that it is not mistaken for
silence.
"""

import math

import numpy as np

from espnet2.gen_audio.feats.sound_limits import SILENCE, UnusableSound

_LEAST_REMAINDER = 0.01  # -40 dB: a quieter average is only coding noise


class MonoMixer:
    """Mixes the blocks of one sound.

    Args:
        channel: Channel to keep, from 0; None is the mean of all.
    """

    def __init__(self, channel: int | None = None):
        self.channel = channel
        self._count = 0
        self._sums = np.zeros((2, 1))  # sums of samples and of squares, (2, C + 1)
        self._peak = 0.0

    def mix(self, block: np.ndarray) -> np.ndarray:
        """Mix one block.

        Args:
            block: Samples, (T, C).

        Returns:
            Samples, (T,).

        Raises:
            ValueError: If the channel does not exist.
        """
        channels = block.shape[1]
        if self.channel is not None:
            if not 0 <= self.channel < channels:
                raise ValueError(
                    f"the sound has {channels} channels; channel {self.channel} (from"
                    " 0) is not among them"
                )
            return np.ascontiguousarray(block[:, self.channel])
        if channels == 1:
            return block[:, 0]
        mono = block.mean(axis=1)
        self._measure(block, mono)
        return mono

    def refuse_cancelled(self) -> None:
        """Refuse a sound whose channels cancel each other; call it after all blocks.

        Raises:
            UnusableSound: If the std of the average is more than 40 dB below that of
                the loudest channel.
        """
        if not self._count or self._peak <= SILENCE:
            return
        means, squares = self._sums / self._count
        std = np.sqrt(np.maximum(squares - means**2, 0.0))
        loudest, left = float(std[:-1].max()), float(std[-1])
        if left < _LEAST_REMAINDER * loudest:
            level = f"{20 * math.log10(left / loudest):.0f} dB" if left else "nothing"
            raise UnusableSound(
                f"channels cancel each other: their mean keeps {level} of the loudest"
                " one; invert a channel, or keep one channel only"
            )

    def _measure(self, block: np.ndarray, mono: np.ndarray) -> None:
        columns = [*block.T, mono]
        wide = [column.astype(np.float64) for column in columns]
        sums = [[column.sum() for column in wide], [column @ column for column in wide]]
        self._sums = self._sums + np.array(sums)
        self._count += len(mono)
        self._peak = max(self._peak, float(block.max()), -float(block.min()))
