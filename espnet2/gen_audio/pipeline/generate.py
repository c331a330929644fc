"""Run the models one after another: encode, predict LOA, sample, decode, vocode.

Each model processes a whole chunk of requests before the next model runs, so that a
system with lazy loading loads each model once per chunk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from espnet2.gen_audio.pipeline.decode import decode_all, vocode_all
from espnet2.gen_audio.pipeline.encode import (
    EncodedRequest,
    check_request,
    encode_all,
    refuse_edit,
)
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import predict_candidates
from espnet2.gen_audio.pipeline.request import Candidate, Request
from espnet2.gen_audio.pipeline.sample import NegativePrompt, sample_all
from espnet2.gen_audio.pipeline.speech import description_of
from espnet2.gen_audio.pipeline.system import System


@torch.no_grad()
def generate(
    system: System,
    requests: Sequence[Request],
    options: SamplingOptions = SamplingOptions(),
    candidates: int = 1,
    batch_size: int = 1,
) -> Iterator[tuple[Request, list[Candidate]]]:
    """Generate the requested sounds.

    Args:
        system: The models.
        requests: Any mixture of tasks, LOA sources, durations and seeds.
        options: Sampling options.
        candidates: Candidates per request.
        batch_size: Number of sounds sampled together; they have equal length.

    Yields:
        The requests in order, each with its candidates, the best first.

    Raises:
        ValueError: If a request cannot be fulfilled.
    """
    system = system.sampled_by(options)
    for request in requests:  # first: an error must not end hours of work
        check_request(system, request)
        refuse_edit(options, request)
    negative = NegativePrompt(system, options)
    size = len(requests) if system.is_lazy else batch_size
    for begin in range(0, len(requests), max(size, 1)):
        chunk = requests[begin : begin + size]
        encoded = encode_all(system, chunk, options)  # text encoders
        loas = predict_candidates(system, encoded, candidates, batch_size)  # GPT-2
        null = negative.conditions  # GPT-2, the first time
        latents = sample_all(  # U-Net
            system, encoded, loas, options, candidates, batch_size, null
        )
        mels = decode_all(system, encoded, latents)  # VAE
        waves = vocode_all(system, mels)  # vocoder
        for each, own in zip(encoded, waves):
            yield each.request, finish(system, each, own)


def finish(
    system: System, each: EncodedRequest, waves: Sequence[torch.Tensor]
) -> list[Candidate]:
    """Finish the task of a request and rank its candidates.

    Args:
        system: The models.
        each: The encoded request.
        waves: Decoded candidates, (T,) each.

    Returns:
        The candidates, the best first.
    """
    made = []
    for number, wave in enumerate(waves):
        # what is joined to a given sound, or replaces it, has its length to the sample
        if system.behaviour.trim or each.plan.known is not None:
            wave = wave[: each.plan.samples]
        made.append(replace(each.plan.finish(wave), number=number))
    return made if len(made) == 1 else _ranked(system, each, made)


def _ranked(
    system: System, each: EncodedRequest, made: Sequence[Candidate]
) -> list[Candidate]:
    """Score what was generated and sort it, the best first; ties keep their order."""
    waves = torch.stack([one.judged.float() for one in made])
    utt_id, caption = each.request.utt_id, each.request.caption
    if system.specification.reads_phonemes:
        caption = description_of(caption)
    scores = system.ranking(utt_id, caption, waves, system.sample_rate, each.seed)
    scored = [replace(one, score=score) for one, score in zip(made, scores)]
    return sorted(scored, key=lambda one: -one.score)
