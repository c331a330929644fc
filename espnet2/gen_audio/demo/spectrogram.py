"""The picture of a sound on the page.

Shapes: T samples.
"""

from collections.abc import Sequence
from pathlib import Path

import torch

N_FFT, COLUMNS = 1024, 600  # samples of a window, about as many as the picture has
RANGE_DB = 80.0
SIZE, DPI = (7.2, 2.6), 100  # inches, pixels an inch


def draw_spectrogram(
    path: Path, wave: torch.Tensor, sample_rate: int, seams: Sequence[int] = ()
) -> None:
    """Draw the magnitude spectrogram of a sound, 80 dB below its peak.

    Args:
        path: PNG file to write.
        wave: Samples, (T,).
        sample_rate: In Hz.
        seams: Samples at which a given and a generated sound meet; they have a line.
    """
    from matplotlib.figure import Figure  # no display, and no state between threads

    hop = max(N_FFT // 8, len(wave) // COLUMNS)
    power = torch.stft(
        wave.float(),
        N_FFT,
        hop,
        window=torch.hann_window(N_FFT),
        pad_mode="constant",
        return_complex=True,
    ).abs()
    level = 20 * power.clamp_min(1e-6).log10()
    peak, seconds = float(level.max()), len(wave) / sample_rate
    figure = Figure(SIZE, DPI, layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(
        level.numpy(),
        origin="lower",
        aspect="auto",
        cmap="magma",
        extent=(0, seconds, 0, sample_rate / 2000),
        vmin=peak - RANGE_DB,
        vmax=peak,
    )
    for seam in seams:
        axes.axvline(seam / sample_rate, color="white", linestyle=":")
    axes.set(xlabel="time (s)", ylabel="frequency (kHz)", xlim=(0, seconds))
    figure.colorbar(image, ax=axes, label="dB", pad=0.01)
    figure.savefig(path)
