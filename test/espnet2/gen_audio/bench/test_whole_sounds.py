import torch

from espnet2.gen_audio.bench.timing import difference_of
from espnet2.gen_audio.bench.whole_sounds import whole


@torch.inference_mode()
def test_whole_sounds_agree_and_have_the_clips_length(pair):
    job = whole(pair, 3)
    mine, wanted = job.ours(), job.baseline()
    assert mine.shape == (2, pair.ours.specification.geometry.samples)
    assert difference_of(mine, wanted) < 1e-3
    assert job.part == "whole, 3 steps"
