"""Sinusoidal position encodings: shifts, distances, order."""

import pytest
import torch

from espnet2.gen_audio.encoder.sinusoidal import LONGEST, sinusoids


def test_a_shift_of_all_positions_is_one_rotation():
    table = sinusoids(torch.arange(30), 8)
    # what lies between two positions depends on their distance alone
    products = table @ table.T
    torch.testing.assert_close(products[1:, 1:], products[:-1, :-1])
    torch.testing.assert_close(products.diagonal(), torch.full((30,), 4.0))


def test_no_two_positions_of_a_clip_are_alike():
    table = sinusoids(torch.arange(int(LONGEST)), 96)
    apart = torch.cdist(table, table) + 9.0 * torch.eye(len(table))
    assert apart.min() > 1.0


def test_the_fastest_comes_first():
    table = sinusoids(torch.arange(3), 6)
    torch.testing.assert_close(table[:, 0], torch.arange(3.0).sin())
    torch.testing.assert_close(table[:, 3], torch.arange(3.0).cos())


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match="width of 7 is odd"):
        sinusoids(torch.arange(3), 7)


def test_the_rows_are_on_the_device_of_the_positions(monkeypatch):
    plain = torch.linspace
    monkeypatch.setattr(
        torch, "linspace", lambda *given, device="cpu": plain(*given, device=device)
    )
    assert sinusoids(torch.arange(3, device="meta"), 6).device.type == "meta"
