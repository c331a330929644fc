"""What a protocol makes of a sound file before an encoder reads it.

Sample rate, resampler, length and level of both sides move published distances more
than models do, so a protocol fixes them and a file that does not fit is refused.

Shapes: T samples.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.feats.crop import crop, is_audible, pad_end
from espnet2.gen_audio.feats.sound_parts import read_part
from espnet2.gen_audio.feats.waveform import normalise_peak, resample
from espnet2.gen_audio.metrics.encoders.sound_end import (
    without_padding,
    without_quiet_end,
)

RESAMPLERS = ("none", "torchaudio_sinc")
LEVELS = ("as_is", "peak_0.5")
ENDINGS = ("as_is", "padded", "until_quiet")


@dataclass(frozen=True)
class ClipForm:
    """Rate, length and level of a clip.

    Args:
        sample_rate: Samples per second that encoders read.
        resampler: ``none``: files of another rate are refused; ``torchaudio_sinc``:
            they are resampled with torchaudio's default filter.
        seconds: Longest clip, the rest is cut off; None keeps all.
        level: ``as_is``, or ``peak_0.5``: mean removed, largest magnitude 0.5.
        ending: ``as_is``; ``padded``: zeros up to ``seconds``; ``until_quiet``: without
            zeros at the end, and up to where the sound stays 60 dB below its peak.

    Raises:
        ValueError: If a value is none of these.
    """

    sample_rate: int
    resampler: str = "none"
    seconds: float | None = None
    level: str = "as_is"
    ending: str = "as_is"

    def __post_init__(self) -> None:
        choices = {"resampler": RESAMPLERS, "level": LEVELS, "ending": ENDINGS}
        for name, accepted in choices.items():
            if getattr(self, name) not in accepted:
                raise ValueError(
                    f"{name} {getattr(self, name)!r} is unknown; use one of "
                    f"{', '.join(accepted)}"
                )
        if self.ending != "as_is" and self.seconds is None:
            raise ValueError(f"ending {self.ending} needs seconds; state them")

    @property
    def samples(self) -> int | None:
        """Samples of the longest clip; None where any length is kept."""
        return None if self.seconds is None else round(self.seconds * self.sample_rate)

    def to_dict(self) -> dict[str, Any]:
        """Return the arguments."""
        return asdict(self)

    def read(self, path: Path) -> np.ndarray:
        """Read a file at the rate and within the length, its level unchanged.

        Args:
            path: Sound file.

        Returns:
            Samples, (T,), at least one.

        Raises:
            ValueError: If the file is unusable or has another rate; the message names
                it.
        """
        try:
            sound = read_part(path)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        if sound.rate != self.sample_rate and self.resampler == "none":
            raise ValueError(
                f"{path}: its rate is {sound.rate} Hz and the protocol's is "
                f"{self.sample_rate} Hz; resample all files of both sides in one way, "
                "or give a protocol that names a resampler"
            )
        wave = resample(sound.wave, sound.rate, self.sample_rate)
        return wave if self.samples is None else crop(wave, self.samples)

    def prepare(self, wave: np.ndarray) -> np.ndarray:
        """Return what the encoder reads of a clip.

        Args:
            wave: Samples as ``read`` returns them, (T,).

        Returns:
            Samples, (T',).
        """
        full, rate = self.samples, self.sample_rate
        if self.ending == "until_quiet":
            wave = without_padding(wave, full, rate)
        if self.level != "as_is":
            # rounding errors of silence must not be raised to full level
            silence = np.zeros(full or max(1, len(wave)), dtype=np.float32)
            wave = normalise_peak(wave) if is_audible(wave) else silence
        if self.ending == "as_is":
            return wave
        wave = pad_end(wave, full)
        return without_quiet_end(wave, rate) if self.ending == "until_quiet" else wave
