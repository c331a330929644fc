"""The bar of solver steps: for who asks for it, and for nobody else."""

import io

import torch

from espnet2.gen_audio.sampling.progress import each_step, shown


def test_a_bar_counts_the_steps_where_one_is_wanted():
    stream = io.StringIO()
    with each_step(stream):
        assert [int(step) for step in shown(torch.arange(3))] == [0, 1, 2]
    assert "sampling" in stream.getvalue() and "/3" in stream.getvalue()


def test_without_a_stream_the_steps_are_handed_on_as_they_are():
    steps = torch.arange(3)
    with each_step(None):
        assert shown(steps) is steps
    assert shown(steps) is steps
