"""The progress bar of solver steps: inside of the block, and nowhere else."""

import io

import torch

from espnet2.gen_audio.sampling.progress import progress_bar_on, with_progress_bar


def test_a_bar_counts_the_steps_where_one_is_wanted():
    stream = io.StringIO()
    with progress_bar_on(stream):
        assert [int(step) for step in with_progress_bar(torch.arange(3))] == [0, 1, 2]
    assert "sampling" in stream.getvalue() and "/3" in stream.getvalue()


def test_without_a_stream_the_steps_are_handed_on_as_they_are():
    steps = torch.arange(3)
    with progress_bar_on(None):
        assert with_progress_bar(steps) is steps
    assert with_progress_bar(steps) is steps
