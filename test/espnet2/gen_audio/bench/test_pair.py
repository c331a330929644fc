import torch

from espnet2.gen_audio.bench.pair import open_baseline
from espnet2.gen_audio.bench.prompts import PROMPT


def test_the_caption_stands_once_for_each_clip(pair):
    assert pair.prompts == [PROMPT, PROMPT]


def test_the_same_generator_gives_the_same_numbers_in_both_precisions(pair):
    values = pair.random(2, 3)
    assert torch.equal(pair.for_ours(values), pair.for_baseline(values))


def test_lengths_are_those_of_the_tokenizers(pair):
    lengths = pair.prompt_lengths()
    states = pair.ours.encoder([PROMPT])["tokens"]
    assert lengths["flan_t5"] == states.shape[1]
    assert lengths["clap"] > len(PROMPT.split())


def test_the_baseline_opens_in_the_precision_that_is_asked_for(folders):
    baseline = open_baseline(folders[0], "bfloat16")
    assert next(baseline.unet.parameters()).dtype == torch.bfloat16
