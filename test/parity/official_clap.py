"""What the authors' program does with a sound before HTS-AT, as plain functions.

Written from LAION CLAP (arXiv:2211.06687), HTS-AT (arXiv:2202.00874) and the table of
AudioLDM 2's CLAP: 48 kHz, first 10 s, window 1024, hop 480, 64 bands of 50 to 14000 Hz.
No feature extractor of a library is used.
"""

import math

import torch
from plain_encoders import clap_audio
from torch.nn import functional as f
from torchaudio.functional import resample

RATE, LONGEST, WINDOW, HOP, BANDS = 48000, 480000, 1024, 480, 64
FRAMES = 1024  # of HTS-AT's picture: 4 x 256


def encode(state, waves, rate, **sizes):
    """Return the vectors of sounds (B, T), of length 1."""
    waves = resample(waves, rate, RATE)[:, :LONGEST]
    return clap_audio(state, stretch(log_mel(waves)), **sizes)


def log_mel(waves):
    """Return decibels of power, (B, frames, 64)."""
    padded = f.pad(waves[:, None].double(), (WINDOW // 2,) * 2, mode="reflect")[:, 0]
    frames = padded.unfold(1, WINDOW, HOP)
    turns = torch.arange(WINDOW, dtype=torch.float64) / WINDOW
    frames = frames * (0.5 - 0.5 * torch.cos(2 * math.pi * turns))
    power = torch.fft.rfft(frames).abs().square()
    return (10 * (power @ bank().T).clamp(min=1e-10).log10()).float()


def bank():
    """Return Slaney's triangles of equal area, (64, 513)."""

    def mel(hertz):
        if hertz < 1000:
            return 3 * hertz / 200
        return 15 + 27 * math.log(hertz / 1000, 6.4)

    def hertz(mel):
        return 200 * mel / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)

    low, high = mel(50), mel(14000)
    corners = [hertz(low + (high - low) * n / (BANDS + 1)) for n in range(BANDS + 2)]
    bins = torch.arange(WINDOW // 2 + 1, dtype=torch.float64) * RATE / WINDOW
    rows = []
    for left, middle, right in zip(corners, corners[1:], corners[2:]):
        rising = (bins - left) / (middle - left)
        falling = (right - bins) / (right - middle)
        row = torch.minimum(rising, falling).clamp(min=0)
        rows.append(2 * row / (right - left))
    return torch.stack(rows)


def stretch(mel):
    """Stretch time to 1024 frames by cubic convolution, first and last frame kept."""
    frames = mel.shape[1]
    places = torch.arange(FRAMES, dtype=torch.float64) * (frames - 1) / (FRAMES - 1)
    left = places.floor().long()
    total = torch.zeros(len(mel), FRAMES, mel.shape[2], dtype=torch.float64)
    for offset in (-1, 0, 1, 2):
        source = left + offset
        weight = cubic((places - source).abs())
        total += weight[:, None] * mel[:, source.clamp(0, frames - 1)].double()
    return total.float()


def cubic(x, a=-0.75):
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * (x**3 - 5 * x**2 + 8 * x - 4)
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))
