"""Requests to encoded captions: the first step of generation.

Shapes: B captions, L positions, D features of a stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn.utils.rnn import pad_sequence

from espnet2.gen_audio.diffusion.process.choices import scheduler_of_any
from espnet2.gen_audio.pipeline.options import EDITING, SamplingOptions
from espnet2.gen_audio.pipeline.request import Plan, Request, refuse_conditions
from espnet2.gen_audio.pipeline.speech import with_transcript
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.sampling.given_latent import refuse_partial
from espnet2.gen_audio.seeding import generator_of

Batch = dict[str, torch.Tensor]


@dataclass(frozen=True, eq=False)
class EncodedRequest:
    """A request with its plan and its encoded captions.

    Attributes:
        request: The request.
        plan: The plan of its task.
        seed: Seed of the noise.
        batch: The encoded caption of the request, one row.
        loa_batch: The encoded caption that the LOA is predicted from, one row.
    """

    request: Request
    plan: Plan
    seed: int
    batch: Batch
    loa_batch: Batch


def check_request(system: System, request: Request) -> None:
    """Refuse a request that cannot be met, before any request is encoded.

    Args:
        system: The parts.
        request: The request.

    Raises:
        ValueError: If its task, text, phonemes or conditions do not fit the models.
    """
    refuse_conditions(system.specification.declared, request)
    request.task.check(system, request)
    caption = caption_of(system, request)
    if system.encoder.reader is not None:
        system.encoder.streams["phonemes"](caption)


def refuse_edit(options: SamplingOptions, request: Request) -> None:
    """Refuse an edit of a latent that the chosen solver cannot do.

    In one or two passes of a student, what is generated is not adapted to what is kept.

    Args:
        options: Sampling options.
        request: The request.

    Raises:
        ValueError: If a student is to sample, and the task keeps a latent; or if the
            solver needs the whole noise schedule, and the task runs a part of it.
    """
    if not request.task.edits_latent:
        return
    strength = getattr(request.task, "strength", 1.0)
    if strength < 1.0:
        refuse_partial(scheduler_of_any(options.scheduler), strength)
    if options.by_student:
        raise ValueError(
            f"{request.utt_id}: the task {type(request.task).__name__} keeps a given "
            "latent over many passes, but a student samples in few; use the preset "
            f"{EDITING}"
        )


def encode_all(
    system: System, requests: Sequence[Request], options: SamplingOptions
) -> list[EncodedRequest]:
    """Plan requests and encode their captions.

    Args:
        system: The parts.
        requests: The requests.
        options: Sampling options; their seed is used for requests without a seed.

    Returns:
        The encoded requests, in their order.

    Raises:
        ValueError: If a request cannot be fulfilled.
    """
    plans = [planned(system, request) for request in requests]
    captions = [caption_of(system, request) for request in requests]
    ids = [request.utt_id for request in requests]
    seeds = [options.seed if r.seed is None else r.seed for r in requests]
    batch = encode_captions(system, captions, ids, seeds)
    others = _captions_for_loa(system, ids, plans, seeds)
    encoded = []
    for row, (request, plan, seed) in enumerate(zip(requests, plans, seeds)):
        own = row_of(batch, row)
        encoded.append(EncodedRequest(request, plan, seed, own, others.get(row, own)))
    return encoded


def _captions_for_loa(
    system: System, ids: Sequence[str], plans: Sequence[Plan], seeds: Sequence[int]
) -> dict[int, Batch]:
    """Encode the captions of LOA sources that replace a request's own caption."""
    sources = {
        row: plan.loa for row, plan in enumerate(plans) if plan.loa.caption is not None
    }
    if not sources:
        return {}
    captions = [source.caption for source in sources.values()]
    other_ids = [source.utt_id or ids[row] for row, source in sources.items()]
    own_seeds = [seeds[row] for row in sources]
    batch = encode_captions(system, captions, other_ids, own_seeds)
    return {row: row_of(batch, number) for number, row in enumerate(sources)}


def planned(system: System, request: Request) -> Plan:
    """Return the plan of a request's task, with the LOA source of the request.

    Args:
        system: The parts.
        request: The request.

    Returns:
        The plan.

    Raises:
        ValueError: If the task cannot be done, or the LOA source cannot be used.
    """
    plan = request.task.plan(system, request)
    if request.loa is None:
        return plan
    task = type(request.task).__name__
    if plan.loa.given is not None or plan.loa.continued:
        raise ValueError(
            f"{request.utt_id}: an LOA source was given, but the task {task} uses the "
            "LOA of its given sound; remove one of them"
        )
    if system.specification.loa_factor is None:
        raise ValueError(
            f"{request.utt_id}: an LOA source was given, but this system has no LOA; "
            "remove it"
        )
    return replace(plan, loa=request.loa)


def caption_of(system: System, request: Request) -> str:
    """Return the caption of a request as the encoders read it.

    Args:
        system: The parts.
        request: The request.

    Returns:
        The caption; with a transcript, ``description | phonemes``.
    """
    if request.transcript is None:
        return request.caption
    reader = system.phoneme_reader(f"transcript {request.transcript!r}")
    return with_transcript(
        reader, request.caption, request.transcript, request.source_transcript
    )


@torch.no_grad()
def encode_captions(
    system: System,
    captions: Sequence[str],
    utt_ids: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
) -> Batch:
    """Encode captions.

    Args:
        system: The parts.
        captions: B captions.
        utt_ids: Their ids. With the official behaviour, ids and seeds determine which
            sentence vectors are replaced; without ids none is replaced.
        seeds: Seeds of these draws; all 0 if None.

    Returns:
        Streams and their lengths by name.
    """
    batch = system.encoder(captions)
    chance = system.behaviour.clap_replaced
    if chance and utt_ids is not None and "sentence" in batch:
        empty = system.encoder([""])["sentence"]
        for row, utt_id in enumerate(utt_ids):
            seed = 0 if seeds is None else seeds[row]
            generator = generator_of(seed, f"{utt_id}\nsentence")
            if torch.rand((), generator=generator) < chance:
                batch["sentence"][row] = empty[0]
    return batch


def row_of(batch: Batch, row: int) -> Batch:
    """Return one row of a batch, without padding.

    Args:
        batch: Streams and their lengths by name.
        row: Index of the row.

    Returns:
        Streams and their lengths of this row.
    """
    own = {}
    for name, values in batch.items():
        if not name.endswith("_lengths"):
            length = int(batch[f"{name}_lengths"][row])
            own[name] = values[row : row + 1, :length]
            own[f"{name}_lengths"] = torch.tensor([length])
    return own


def noise_id(utt_id: str, candidate: int) -> str:
    """Return the id that seeds a candidate's noise; the first one has the clip's id."""
    return f"{utt_id}\ncandidate {candidate}" if candidate else utt_id


def joined(batches: Sequence[Batch]) -> Batch:
    """Join batches of one row to one batch.

    Args:
        batches: Batches of one row each.

    Returns:
        One batch, padded at the end.
    """
    batch = {}
    for name in batches[0]:
        rows = [each[name][0] for each in batches]
        if name.endswith("_lengths"):
            batch[name] = torch.stack(rows)
        else:
            batch[name] = pad_sequence(rows, batch_first=True)
    return batch
