"""The geometry of a clip: the lengths and sizes that all models share.

Shapes, with the published values in brackets: samples T (163840); mel frames
T // hop (1024) by ``n_mels`` (64); latent (C, T', F') = (8, 256, 16); AudioMAE
filter bank frames (1024, 100 per second) by ``fbank_bins`` (128), cut into
``patch`` x ``patch`` squares: 64 x 8 = 512 patches. LOA of pooling factor lambda has
one token per cell of lambda x lambda patches: 8 tokens for lambda = 8 (AudioLDM 2,
section III-A), each as wide as AudioMAE, so LOA of 10.24 s is (8, 768).

All other lengths are derived here, so that a geometry that does not fit is refused
before a stage starts.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

_LARGEST = 1e9  # largest value of any field
FBANK_RATE = 100  # AudioMAE filter bank frames per second (10 ms shift)


@dataclass(frozen=True)
class ClipGeometry:
    """Lengths and sizes of a clip; hashable and immutable.

    Args:
        seconds: Length of a clip, in seconds.
        sample_rate: Samples per second.
        hop: Samples from one mel frame to the next.
        n_fft: Samples of one analysis window.
        n_mels: Mel bands.
        mel_low: Lowest frequency of the mel bands, in hertz.
        mel_high: Highest frequency of the mel bands, in hertz.
        downsample: Mel frames (and mel bands) per latent frame (and bin).
        latent_channels: Channels of a latent.
        patch: Side of an AudioMAE patch, in filter bank frames and bins.
        fbank_bins: Bins of the AudioMAE filter bank.

    Raises:
        ValueError: If a length does not divide into whole parts; the message names the
            nearest lengths that do.
    """

    seconds: float = 10.24
    sample_rate: int = 16000
    hop: int = 160
    n_fft: int = 1024
    n_mels: int = 64
    mel_low: float = 0.0
    mel_high: float = 8000.0
    downsample: int = 4
    latent_channels: int = 8
    patch: int = 16
    fbank_bins: int = 128

    def __post_init__(self) -> None:
        self._refuse_non_numbers()
        if not 0 <= self.mel_low < self.mel_high <= self.sample_rate / 2:
            raise ValueError(
                f"mel_low {self.mel_low:g} and mel_high {self.mel_high:g} must be"
                f" ascending and within 0 and {self.sample_rate / 2:g} Hz"
            )
        if self.n_fft < self.hop or (self.n_fft - self.hop) % 2:
            raise ValueError(
                f"n_fft {self.n_fft} must be hop {self.hop} plus an even number"
            )
        self._refuse_fraction("seconds * sample_rate", self.sample_rate)
        self._refuse_fraction("seconds * 100 (filter bank frames)", FBANK_RATE)
        self._refuse_length("samples", self.samples, "hop", self.hop)
        self._refuse_length(
            "mel frames", self.mel_frames, "downsample", self.downsample
        )
        self._refuse_length("n_mels", self.n_mels, "downsample", self.downsample)
        self._refuse_length(
            "filter bank frames", self.fbank_frames, "patch", self.patch
        )
        self._refuse_length("fbank_bins", self.fbank_bins, "patch", self.patch)

    @property
    def samples(self) -> int:
        """Samples of a clip."""
        return round(self.seconds * self.sample_rate)

    @property
    def mel_frames(self) -> int:
        """Mel frames of a clip."""
        return self.samples // self.hop

    @property
    def latent_frames(self) -> int:
        """Time steps T' of a latent."""
        return self.mel_frames // self.downsample

    @property
    def latent_bins(self) -> int:
        """Frequency bins F' of a latent."""
        return self.n_mels // self.downsample

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Shape (C, T', F') of a latent."""
        return self.latent_channels, self.latent_frames, self.latent_bins

    @property
    def fbank_frames(self) -> int:
        """Frames of the AudioMAE filter bank, padding included."""
        return round(self.seconds * FBANK_RATE)

    @property
    def time_patches(self) -> int:
        """Patches of AudioMAE along time."""
        return self.fbank_frames // self.patch

    @property
    def freq_patches(self) -> int:
        """Patches of AudioMAE along frequency."""
        return self.fbank_bins // self.patch

    @property
    def num_patches(self) -> int:
        """Patches of AudioMAE in a clip, P."""
        return self.time_patches * self.freq_patches

    def pool_factors(self, factor: int) -> tuple[int, int]:
        """Return how many patches one LOA token covers along (time, frequency).

        Args:
            factor: Pooling factor, lambda in the paper.

        Returns:
            ``(t, f)`` with t = min(time patches, factor), f = min(freq patches, t).

        Raises:
            ValueError: If the patches do not divide into whole cells.
        """
        if factor < 1:
            raise ValueError(f"LOA factor {factor} must be 1 or more")
        time = min(self.time_patches, factor)
        freq = min(self.freq_patches, time)
        if self.time_patches % time or self.freq_patches % freq:
            raise ValueError(
                f"LOA factor {factor} leaves a remainder in {self.time_patches} x"
                f" {self.freq_patches} patches; these fit: {self._fitting_factors()}"
            )
        return time, freq

    def loa_tokens(self, factor: int) -> int:
        """Return the number of LOA tokens of a clip, 8 for the published factor 8.

        Args:
            factor: Pooling factor, lambda in the paper.

        Returns:
            The length of the LOA sequence.
        """
        time, freq = self.pool_factors(factor)
        return (self.time_patches // time) * (self.freq_patches // freq)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ClipGeometry":
        """Build a geometry from the keys of a YAML file.

        Args:
            values: Any of the constructor's arguments.

        Returns:
            The geometry.

        Raises:
            ValueError: If a key is unknown.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(
                f"unknown geometry key {', '.join(map(str, unknown))};"
                f" accepted: {', '.join(known)}"
            )
        return cls(**values)

    def to_dict(self) -> dict[str, int | float]:
        """Return the keys and values that ``from_dict`` accepts."""
        return asdict(self)

    def _fitting_factors(self) -> str:
        fitting = []
        for factor in range(1, self.time_patches + 1):
            freq = min(self.freq_patches, factor)
            if self.time_patches % factor == 0 and self.freq_patches % freq == 0:
                fitting.append(str(factor))
        return ", ".join(fitting)

    def _refuse_non_numbers(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            accepted = (int, float) if field.type in ("float", float) else int
            if isinstance(value, bool) or not isinstance(value, accepted):
                kind = "a number" if accepted is not int else "a whole number"
                raise ValueError(f"{field.name} must be {kind}, not {value!r}")
            if not abs(value) <= _LARGEST:  # not a number, infinite
                raise ValueError(
                    f"{field.name} must be at most {_LARGEST:g}, not {str(value)[:40]}"
                )
            if value <= 0 and field.name != "mel_low":
                raise ValueError(f"{field.name} must be above zero, not {value!r}")

    def _refuse_fraction(self, what: str, rate: int) -> None:
        if abs(self.seconds * rate - round(self.seconds * rate)) > 1e-6:
            below = int(self.seconds * rate) / rate
            raise ValueError(
                f"{what} must be whole, but seconds is {self.seconds:g};"
                f" use {below:g} or {below + 1 / rate:g}"
            )

    def _refuse_length(self, what: str, length: int, part: str, size: int) -> None:
        if length % size or length < size:
            below = length - length % size
            nearest = [str(n) for n in (below, below + size) if n]
            raise ValueError(
                f"{what} {length} must be a multiple of {part} {size};"
                f" use {' or '.join(nearest)}"
            )
