"""Candidates of a caption have noise of their own; the first that of the caption."""

from espnet2.gen_audio.pipeline.options import SamplingOptions, ids_of
from espnet2.gen_audio.sampling.noise import generators_of, initial_noise


def test_the_defaults_are_those_of_the_published_sampler():
    options = SamplingOptions()
    assert (options.scheduler, options.steps, options.eta) == ("ddim", 200, 1.0)
    assert options.guidance_scale == 3.5 and options.negative_prompt is None


def test_the_first_candidate_is_the_sound_that_is_made_alone():
    assert ids_of(["a", "b"], 0) == ["a", "b"]


def test_no_two_candidates_share_noise():
    noises = [
        initial_noise(generators_of(0, ids_of(["a", "b"], n)), (1, 2, 3)).flatten()
        for n in range(3)
    ]
    numbers = [float(x) for noise in noises for x in noise]
    assert len(set(numbers)) == len(numbers)
