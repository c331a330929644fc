"""The picture of a sound shows where its energy is, and where sounds meet."""

import numpy as np
import torch

from espnet2.gen_audio.demo.spectrogram import draw_spectrogram


def drawn(path, wave, seams=()):
    from matplotlib.image import imread

    draw_spectrogram(path, wave, 16000, seams)
    return imread(path)[..., :3]


def test_a_tone_is_a_bright_row_at_its_frequency_for_any_length(tmp_path):
    for seconds in (0.1, 30):
        tone = torch.sin(2 * torch.pi * 2000 / 16000 * torch.arange(16000 * seconds))
        picture = drawn(tmp_path / "a.png", tone)
        assert picture.shape == (260, 720, 3)
        inside = picture[15:200, 100:600].sum(-1).mean(1)  # without axes
        # 2 of 8 kHz: a quarter of the height above the time axis
        assert 0.65 < np.argmax(inside) / len(inside) < 0.85


def test_seams_have_a_line_and_silence_is_drawn(tmp_path):
    plain = drawn(tmp_path / "a.png", torch.zeros(16000))
    seam = drawn(tmp_path / "b.png", torch.zeros(16000), [8000])
    columns = np.abs(seam - plain).sum((0, 2)).nonzero()[0]
    assert 1 <= len(columns) <= 6 and 250 < columns.mean() < 400
