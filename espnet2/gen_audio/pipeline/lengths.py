"""Seconds to samples, latent frames, windows and LOA tokens.

A short sound is one window; a long sound has several windows, which overlap.
Shapes: L LOA tokens, time-major: first all frequency cells of the first time cell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.specification import SystemSpecification
from espnet2.gen_audio.sampling.windows import window_starts

SHORTEST = 8  # latent frames; 0.32 s of the published models
LONGEST = 3600.0  # seconds of the longest requested sound
OVERLAP = 4  # neighbouring windows overlap by a fourth of their frames


@dataclass(frozen=True)
class Frames:
    """Latent frames of a sound, and the windows in which the networks process it.

    Attributes:
        count: Number of frames of the sound.
        window: Number of frames of one window; equal to ``count`` if there is only one.
        starts: First frame of every window.
    """

    count: int
    window: int
    starts: tuple[int, ...]


def samples_of(seconds: float, geometry: ClipGeometry) -> int:
    """Return the samples of a duration.

    Args:
        seconds: Requested duration.
        geometry: Lengths of the models.

    Returns:
        Samples, rounded.

    Raises:
        ValueError: If the duration is too short or not finite.
    """
    shortest = SHORTEST * frame_samples(geometry) / geometry.sample_rate
    if not shortest - 1e-9 <= seconds <= LONGEST:
        raise ValueError(
            f"seconds {seconds:g} were requested; {shortest:g} s is the minimum and "
            f"{LONGEST:g} s the maximum, and lengths above {geometry.seconds:g} s are "
            "generated in windows"
        )
    return round(seconds * geometry.sample_rate)


def frame_samples(geometry: ClipGeometry) -> int:
    """Return the samples of one latent frame."""
    return geometry.hop * geometry.downsample


def frames_of(
    samples: int, specification: SystemSpecification, hop: int | None = None
) -> Frames:
    """Return the latent frames that cover a length.

    Args:
        samples: Requested number of samples.
        specification: Sizes of the system. A window is one clip; a short sound is
            rounded up to ``frame_multiple``.
        hop: Frames from one window to the next; the number of frames is then rounded up
            to a multiple of it. If None, the last window ends at the end of the sound.

    Returns:
        Frames and windows.
    """
    geometry, multiple = specification.geometry, specification.frame_multiple
    window = geometry.latent_frames
    needed = math.ceil(samples / frame_samples(geometry))
    if needed <= window:
        count = min(window, math.ceil(needed / multiple) * multiple)
        return Frames(count, count, (0,))
    if hop is not None:
        needed = window + math.ceil((needed - window) / hop) * hop
    step = hop or window - window // OVERLAP
    return Frames(needed, window, tuple(window_starts(needed, window, step)))


def loa_grid(geometry: ClipGeometry, loa_factor: int) -> tuple[int, int]:
    """Return the cells of a clip's LOA along (time, frequency).

    Args:
        geometry: Lengths of a clip.
        loa_factor: Pooling factor.

    Returns:
        Numbers of cells, whose product is L.
    """
    time, freq = geometry.pool_factors(loa_factor)
    return geometry.time_patches // time, geometry.freq_patches // freq


def tokens_outside(
    spans: Sequence[tuple[int, int]], geometry: ClipGeometry, loa_factor: int
) -> torch.Tensor:
    """Return which LOA tokens are completely outside the spans of a clip.

    Args:
        spans: Start and end of each span, in samples from the clip's beginning.
        geometry: Lengths of a clip.
        loa_factor: Pooling factor.

    Returns:
        1.0 for tokens outside, 0.0 for others, (L,).
    """
    cells, per_cell = loa_grid(geometry, loa_factor)
    length = geometry.samples / cells
    outside = torch.ones(cells, per_cell)
    for cell in range(cells):
        begin, end = cell * length, (cell + 1) * length
        if any(a < end and b > begin for a, b in spans):
            outside[cell] = 0.0
    return outside.flatten()
