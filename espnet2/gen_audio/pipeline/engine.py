"""Requests to sounds: plan, encode, roll out, sample, decode, finish.

Each phase runs for a whole chunk of requests before the next begins, so that a system
whose parts are loaded on demand loads each of them once.
Shapes: W windows, L LOA tokens, D features, C x T' x F' latent.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence

from espnet2.gen_audio.accel.allocator import (
    cache_freed_blocks,
    return_freed_blocks,
    trim_freed_memory,
)
from espnet2.gen_audio.conditioner.condition import (
    Conditions,
    repeat_rows,
    stack_rows,
)
from espnet2.gen_audio.pipeline.latents import sample
from espnet2.gen_audio.pipeline.options import SamplingOptions, ids_of
from espnet2.gen_audio.pipeline.plan import Plan
from espnet2.gen_audio.pipeline.ranking import Candidate, ranked
from espnet2.gen_audio.pipeline.speech import description_of, spoken
from espnet2.gen_audio.pipeline.token_times import cells_of
from espnet2.gen_audio.sampling.edit import LatentEdit

Batch = dict[str, torch.Tensor]


@dataclass
class _Order:
    """A request on its way.

    Attributes:
        request: What is asked for.
        plan: What is to be sampled.
        seed: Of its noise.
        batch: Its encoded caption, one row.
        loa: LOA of every window, (W, L, D).
        latents: What was sampled for each candidate.
    """

    request: Any
    plan: Plan
    seed: int
    batch: Batch
    loa: torch.Tensor | None = None
    latents: list[torch.Tensor] = dataclasses.field(default_factory=list)


@torch.no_grad()
def make(
    system: Any,
    requests: Sequence[Any],
    options: SamplingOptions,
    number: int,
    batch_size: int,
) -> Iterator[tuple[Any, list[Candidate]]]:
    """Make what is asked for.

    Args:
        system: The models, ``Text2Audio``.
        requests: What is asked for.
        options: How to sample.
        number: Sounds of each request.
        batch_size: Sounds sampled at once.

    Yields:
        Requests in their order, each with its sounds, the best first.
    """
    size = len(requests) if system.loads_on_demand else batch_size
    for begin in range(0, len(requests), max(size, 1)):
        part = requests[begin : begin + size]
        plans = [request.task.plan(system, request) for request in part]
        orders = _encoded(system, part, plans, options)
        negative = _negative(system, options)
        _roll_out(system, orders, batch_size)
        cache_freed_blocks()
        try:
            _sample(system, orders, options, number, batch_size, negative)
        finally:
            return_freed_blocks()
            trim_freed_memory()
        yield from _finished(system, orders)


def _encoded(
    system: Any, requests: Sequence[Any], plans: list[Plan], options: SamplingOptions
) -> list[_Order]:
    """Encode the captions of a chunk; return one row of conditions each."""
    ids = [request.utt_id for request in requests]
    captions = [
        spoken(system, r.caption, r.transcript, r.source_transcript) for r in requests
    ]
    batch = system.conditions(captions, ids, options.seed)
    orders = []
    for row, (request, plan) in enumerate(zip(requests, plans)):
        own = {}
        for name, values in batch.items():
            if not name.endswith("_lengths"):
                length = int(batch[f"{name}_lengths"][row])
                own[name] = values[row : row + 1, :length]
                own[f"{name}_lengths"] = torch.tensor([length])
        seed = options.seed if request.seed is None else request.seed
        orders.append(_Order(request, plan, seed, own))
    return orders


def _negative(system: Any, options: SamplingOptions) -> tuple[Any, Batch] | None:
    """Return LOA and encoding of the negative prompt, if there is one."""
    if options.negative_prompt is None:
        return None
    system.behaviour.refuse_negative()
    batch = system.conditions([options.negative_prompt])
    return system.predict_loa(batch), batch


def _roll_out(system: Any, orders: Sequence[_Order], batch_size: int = 1) -> None:
    """Make the LOA of every order: predicted, given, or some of both."""
    if system.facts.loa_factor is None:
        return
    groups: dict[int, list[_Order]] = {}
    for order in orders:
        if order.plan.needs_language_model:
            groups.setdefault(_given_tokens(order.plan.share), []).append(order)
        else:
            order.loa = order.plan.loa
    batches = [
        (given, group[begin : begin + batch_size])
        for given, group in groups.items()
        for begin in range(0, len(group), batch_size)
    ]
    for given, group in batches:
        prefix = None
        if given:
            prefix = torch.stack([order.plan.loa[0, :given] for order in group])
        predicted = system.predict_loa(_joined(group), prefix).cpu()
        for order, first in zip(group, predicted):
            order.loa = _windows_of(system, order, first)


def _windows_of(system: Any, order: _Order, first: torch.Tensor) -> torch.Tensor:
    """Return the LOA of every window, (W, L, D), from the first prediction, (L, D)."""
    plan, loa = order.plan, [first]
    half = _half_of(system)
    while plan.chained and len(loa) < len(plan.frames.starts):
        prefix = loa[-1][half:]
        loa.append(system.predict_loa(order.batch, prefix[None]).cpu()[0])
    made = torch.stack(loa)
    if plan.loa is None or plan.chained:
        return made
    share = plan.share[:, :, None].to(made)
    return share * plan.loa.to(made) + (1 - share) * made


def _half_of(system: Any) -> int:
    """Return the number of tokens in the first half of a clip."""
    times, per_time = cells_of(system.facts.geometry, system.facts.loa_factor)
    return times // 2 * per_time


def _given_tokens(share: torch.Tensor | None) -> int:
    """Return how many leading tokens of the first window are given."""
    if share is None:
        return 0
    partial = (share[0] < 1.0).nonzero()
    # a sound that gives all tokens of the first window still leaves one to predict
    return int(partial[0]) if len(partial) else share.shape[1] - 1


def _joined(orders: Sequence[_Order]) -> Batch:
    """Put the encoded captions of several orders into one batch."""
    batch = {}
    for name in orders[0].batch:
        rows = [order.batch[name][0] for order in orders]
        if name.endswith("_lengths"):
            batch[name] = torch.stack(rows)
        else:
            batch[name] = pad_sequence(rows, batch_first=True)
    return batch


def _sample(
    system: Any,
    orders: Sequence[_Order],
    options: SamplingOptions,
    number: int,
    batch_size: int,
    negative: tuple[Any, Batch] | None,
) -> None:
    """Sample the latents of every candidate, equal lengths together."""
    groups: dict[tuple, list[tuple[_Order, int]]] = {}
    for order in orders:
        kind = (order.plan.kind, None if order.loa is None else len(order.loa))
        for candidate in range(number):
            groups.setdefault(kind, []).append((order, candidate))
    null = None if negative is None else system.conditions_with(*negative)
    for group in groups.values():
        for begin in range(0, len(group), batch_size):
            rows = group[begin : begin + batch_size]
            latents = _sample_rows(system, rows, options, null)
            for (order, _), latent in zip(rows, latents):
                order.latents.append(latent.cpu())


def _sample_rows(
    system: Any,
    rows: Sequence[tuple[_Order, int]],
    options: SamplingOptions,
    null: Conditions | None,
) -> torch.Tensor:
    """Sample one batch, (B, C, T', F')."""
    orders = [order for order, _ in rows]
    plan = orders[0].plan
    conditions = [
        stack_rows([_conditions_in(system, order, window) for order in orders])
        for window in range(len(plan.frames.starts))
    ]
    edit = None
    if plan.known is not None:
        known = torch.stack([order.plan.known for order in orders])
        keep = torch.stack([order.plan.keep for order in orders])[:, None]
        edit = LatentEdit(known, keep, plan.strength)
    null = system.null(len(rows)) if null is None else repeat_rows(null, len(rows))
    ids = [ids_of([order.request.utt_id], candidate)[0] for order, candidate in rows]
    seeds = [order.seed for order in orders]
    return sample(system, ids, seeds, conditions, null, options, plan.frames, edit)


def _conditions_in(system: Any, order: _Order, window: int) -> Conditions:
    """Return the diffusion model's conditions in one window, one row."""
    loa = None
    if order.loa is not None:
        loa = order.loa[min(window, len(order.loa) - 1)][None]
    return system.conditions_with(loa, order.batch)


def _finished(
    system: Any, orders: Sequence[_Order]
) -> Iterator[tuple[Any, list[Candidate]]]:
    """Decode and finish every order; rank where there are several candidates."""
    for order in orders:
        plan, request = order.plan, order.request
        made = []
        for number, latent in enumerate(order.latents):
            wave = system.to_waveform(latent[None], plan.frames)[0].cpu()
            if system.behaviour.trim:
                wave = wave[: plan.samples]
            made.append(dataclasses.replace(plan.finish(wave), number=number))
        if len(made) > 1:
            waves = torch.stack([each.wave.float() for each in made])
            rate, caption = system.sample_rate, request.caption
            if system.facts.speaks:
                caption = description_of(caption)
            scores = system.ranking(request.utt_id, caption, waves, rate)
            made = ranked(
                [dataclasses.replace(m, score=s) for m, s in zip(made, scores)]
            )
        yield request, made
