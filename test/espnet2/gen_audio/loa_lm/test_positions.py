"""The position table starts with text positions, time steps and bands."""

import pytest
import torch

from espnet2.gen_audio.encoder.sinusoidal import INITIAL_AMPLITUDE, sinusoids
from espnet2.gen_audio.loa_lm.positions import start_with_sinusoids


def test_vectors_of_one_step_share_its_half_and_vectors_of_one_band_theirs():
    table = torch.full((13, 8), 7.0)
    start_with_sinusoids(table, 5, 4)
    texts = INITIAL_AMPLITUDE * sinusoids(torch.arange(5), 4)
    assert torch.equal(table[:5, :4], texts)
    assert torch.equal(table[:5, 4:], torch.full((5, 4), 7.0))
    steps, bands = table[5:].view(2, 4, 8).split(4, dim=2)
    assert torch.equal(steps, steps[:, :1].expand_as(steps))
    assert torch.equal(bands[0], bands[1]) and not torch.equal(steps[0], steps[1])


def test_without_a_position_of_the_first_vector_it_is_refused():
    with pytest.raises(ValueError, match="patches_per_step 4 needs loa_start"):
        start_with_sinusoids(torch.zeros(13, 8), None, 4)
