"""Seconds to latent frames: one window for short sounds, overlapping ones for long."""

import math
from dataclasses import dataclass

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.sampling.windows import window_starts

SHORTEST = 8  # latent frames; 0.32 s of the published models
OVERLAP = 4  # neighbouring windows share a fourth of their frames


@dataclass(frozen=True)
class Frames:
    """Latent frames of a sound, and the windows that the networks see of it.

    Attributes:
        count: Frames of the whole.
        window: Frames of one window, the whole if there is one only.
        starts: First frame of every window.
    """

    count: int
    window: int
    starts: tuple[int, ...]


def samples_of(seconds: float, geometry: ClipGeometry) -> int:
    """Return the samples of a duration.

    Args:
        seconds: Wanted length.
        geometry: Lengths of the models.

    Returns:
        Samples, rounded.

    Raises:
        ValueError: If it is no usable length.
    """
    shortest = SHORTEST * frame_samples(geometry) / geometry.sample_rate
    if not math.isfinite(seconds) or seconds < shortest - 1e-9:
        raise ValueError(
            f"seconds {seconds:g} was asked for; {shortest:g} s is the shortest, and "
            f"lengths above {geometry.seconds:g} s are made in windows"
        )
    return round(seconds * geometry.sample_rate)


def frame_samples(geometry: ClipGeometry) -> int:
    """Return the samples of one latent frame."""
    return geometry.hop * geometry.downsample


def frames_of(
    samples: int, geometry: ClipGeometry, multiple: int, hop: int | None = None
) -> Frames:
    """Return the latent frames that cover a length.

    Args:
        samples: Wanted length.
        geometry: Lengths of the models; a window is its clip.
        multiple: What the U-Net divides time by; short sounds are rounded up to it.
        hop: Frames from one window to the next, of which the whole is then a multiple;
            None leaves the last window where the sound ends.

    Returns:
        Frames and windows.
    """
    window = geometry.latent_frames
    needed = math.ceil(samples / frame_samples(geometry))
    if needed <= window:
        count = min(window, math.ceil(needed / multiple) * multiple)
        return Frames(count, count, (0,))
    if hop is not None:
        needed = window + math.ceil((needed - window) / hop) * hop
    step = hop or window - window // OVERLAP
    return Frames(needed, window, tuple(window_starts(needed, window, step)))
