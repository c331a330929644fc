"""LOA and captions to latents: the third step of generation.

Shapes: B clips, L LOA tokens, D features, C channels, T' latent frames, F' latent bins.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from espnet2.gen_audio.accel.allocator import freed_blocks_cached
from espnet2.gen_audio.accel.predictors import predictor_factory
from espnet2.gen_audio.condition.condition import (
    Condition,
    Conditions,
    repeat_rows,
    stack_rows,
)
from espnet2.gen_audio.condition.spec import ConditionSpec, Role
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.student.inputs import student_conditions
from espnet2.gen_audio.pipeline.encode import (
    Batch,
    EncodedRequest,
    encode_captions,
    noise_id,
)
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import predict_loa
from espnet2.gen_audio.pipeline.system import System, batch_to_model, to_model
from espnet2.gen_audio.sampling.given_latent import LatentEdit
from espnet2.gen_audio.sampling.guidance import Guidance, guided
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.sampling.windows import by_windows
from espnet2.gen_audio.seeding import generator_of, normal_of


@dataclass(frozen=True, eq=False)
class _Row:
    """A latent to sample: an encoded request, its LOA, the number of the candidate."""

    encoded: EncodedRequest
    loa: torch.Tensor | None
    candidate: int


class NegativePrompt:
    """Conditions that replace the null conditions of guidance.

    The prompt is encoded at once. Its LOA is predicted when ``conditions`` is first
    used, so that a system with lazy loading loads GPT-2 once for it and the requests.

    Args:
        system: The models.
        options: Sampling options, with or without a negative prompt.

    Raises:
        ValueError: If the system's behaviour has no negative prompts.
    """

    def __init__(self, system: System, options: SamplingOptions):
        self.system, self.seed = system, options.seed
        self.batch = None
        if options.negative_prompt is not None:
            system.behaviour.refuse_negative(options.negative_prompt)
            self.batch = encode_captions(system, [options.negative_prompt])

    @cached_property
    def conditions(self) -> Conditions | None:
        """Conditions of the diffusion model, one row; None without a prompt."""
        if self.batch is None:
            return None
        with torch.no_grad():
            noise_ids = [(self.seed, "negative prompt")]
            loa = predict_loa(self.system, self.batch, noise_ids=noise_ids)
            return diffusion_conditions(self.system, self.batch, loa)


@torch.no_grad()
@freed_blocks_cached()  # U-Net steps allocate equal sizes again and again
def sample_all(
    system: System,
    encoded: Sequence[EncodedRequest],
    loas: Sequence[Sequence[torch.Tensor | None]],
    options: SamplingOptions,
    candidates: int,
    batch_size: int,
    negative: Conditions | None = None,
) -> list[list[torch.Tensor]]:
    """Sample the latents of all candidates, in batches of equal length.

    Args:
        system: The models.
        encoded: Encoded requests.
        loas: LOA of their candidates, see ``predict_candidates``.
        options: Sampling options.
        candidates: Candidates per request.
        batch_size: Latents per batch.
        negative: Conditions of the negative prompt, one row; null conditions if None.

    Returns:
        For each request, the latents of its candidates, (C, T', F') each.
    """
    groups: dict[tuple, list[tuple[int, _Row]]] = {}
    for index, (each, own) in enumerate(zip(encoded, loas, strict=True)):
        key = (each.plan.batch_key, None if own[0] is None else len(own[0]))
        rows = [(index, _Row(each, loa, n)) for n, loa in enumerate(own[:candidates])]
        groups.setdefault(key, []).extend(rows)
    latents: list[list[torch.Tensor]] = [[] for _ in encoded]
    for group in groups.values():
        for begin in range(0, len(group), batch_size):
            indices, rows = zip(*group[begin : begin + batch_size])
            sampled = _sample_rows(system, rows, options, negative)
            for index, latent in zip(indices, sampled):
                latents[index].append(latent.cpu())
    return latents


def diffusion_conditions(
    system: System, batch: Batch, loa: torch.Tensor | None
) -> dict[str, Condition]:
    """Return the diffusion model's conditions for LOA and encoded captions.

    Args:
        system: The parts.
        batch: Encoded captions, and conditions of requests. A condition that the
            model's config declares is null if it is absent.
        loa: LOA, (B, L, D); None for a system without LOA.

    Returns:
        The conditions by name, B rows each.
    """
    ldm = system.ldm
    batch = batch_to_model(batch, ldm.unet)
    tensors = [*batch.values(), *([] if loa is None else [loa])]
    rows = len(tensors[0]) if tensors else 1
    given = {
        spec.name: ldm.conditions.null_of(spec.name, rows)
        for spec in system.specification.declared
        if spec.name not in batch
    }
    if loa is not None:
        given["loa"] = Condition.from_lengths(to_model(loa, ldm.unet))
    return ldm.conditions.of_batch(batch, given)


@torch.no_grad()
def sample(
    system: System,
    noise_ids: Sequence[tuple[int, str]],
    conditions: Sequence[Conditions],
    null: Conditions,
    options: SamplingOptions,
    frames: Frames,
    edit: LatentEdit | None = None,
) -> torch.Tensor:
    """Sample latents.

    Args:
        system: The models.
        noise_ids: For each of the B rows, seed and id, which determine its noise.
        conditions: Conditions of each window, B rows each.
        null: Null conditions, or conditions of a negative prompt, B rows.
        options: Sampling options.
        frames: Latent frames and windows.
        edit: A given latent that is partly kept, for tasks on a given sound.

    Returns:
        Unscaled latents, (B, C, T', F').
    """
    ldm, geometry = system.ldm, system.specification.geometry
    scheduler = ldm.process.build_scheduler(options.scheduler)
    guidance, added = options.guidance, {}
    if options.by_student:  # its guidance is an input, and the null value is not used
        guidance, added = Guidance(1.0), _inputs(
            ldm, scheduler, options, len(noise_ids)
        )
    denoisers = [
        guided(
            ldm.unet,
            {**one, **added},
            {**null, **added},
            guidance,
            ldm.process.num_steps,
            options.reuse_every,
            predictor_factory(ldm.unet, options.compiled),
        )
        for one in conditions
    ]

    def denoise(noisy: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        """Predict one step in every window, in the form that the scheduler needs."""
        # each window has its own denoiser, because reused features belong to a window
        given, time = ldm.process.to_network(noisy, step)
        parts = [lambda cut, one=one: one(cut, time) for one in denoisers]
        predicted = by_windows(parts, given, frames.starts, frames.window, axis=2)
        return ldm.process.to_scheduler(predicted, noisy, step)

    if system.behaviour.ddim_steps == "strided":
        from espnet2.gen_audio.sampling.strided_ddim import with_strided_steps

        scheduler = with_strided_steps(scheduler)
    generators = [generator_of(seed, utt_id) for seed, utt_id in noise_ids]
    shape = (geometry.latent_channels, frames.count, geometry.latent_bins)
    dtype = torch.promote_types(system.dtype, torch.float32)
    noise = normal_of(generators, shape).to(system.device, dtype)
    edit = None if edit is None else edit.to(noise)
    # the published eta of the default options adds no noise to a flow
    is_ddim = options.scheduler == "ddim"
    eta = 0.0 if is_ddim and not ldm.process.takes_eta else options.eta
    latent = sample_latents(
        denoise, scheduler, noise, generators, options.steps, eta, edit
    )
    return latent / ldm.latent_scale


def _inputs(
    ldm: ESPnetLatentDiffusionModel, scheduler: Any, options: SamplingOptions, rows: int
) -> dict[str, Condition]:
    """Return the conditions that tell a student its step and its guidance scale."""
    scheduler.set_timesteps(options.steps)
    weight = next(ldm.unet.parameters())
    both = torch.tensor([[scheduler.span], [options.guidance_scale]])
    given = student_conditions(*both.to(weight.device), weight)
    return repeat_rows(given, rows)


def _sample_rows(
    system: System,
    rows: Sequence[_Row],
    options: SamplingOptions,
    negative: Conditions | None,
) -> torch.Tensor:
    """Sample one batch, (B, C, T', F')."""
    requests = [row.encoded for row in rows]
    plan = requests[0].plan
    conditions = [
        stack_rows([_conditions_of(system, row, window) for row in rows])
        for window in range(len(plan.frames.starts))
    ]
    edit = None
    if plan.known is not None:
        known = torch.stack([each.plan.known for each in requests])
        keep = torch.stack([each.plan.keep for each in requests])[:, None]
        edit = LatentEdit(known, keep, plan.strength)
    if negative is None:
        null = system.ldm.conditions.null(len(rows))
    else:
        null = repeat_rows(negative, len(rows))
    noise_ids = [
        (row.encoded.seed, noise_id(row.encoded.request.utt_id, row.candidate))
        for row in rows
    ]
    return sample(system, noise_ids, conditions, null, options, plan.frames, edit)


def _conditions_of(system: System, row: _Row, window: int) -> Conditions:
    """Return the diffusion model's conditions of one window, one row."""
    each, null = row.encoded, system.ldm.conditions.null(1)
    if row.loa is not None:
        loa = row.loa[min(window, len(row.loa) - 1)][None]
    else:  # the null LOA was requested, or the system has no LOA
        loa = null["loa"].embedding if "loa" in null else None
    own = {
        spec.name: _of_window(spec, each, window)[None]
        for spec in system.specification.declared
        if spec.name in each.request.conditions
    }
    conditions = diffusion_conditions(system, each.batch | own, loa)
    for name in conditions.keys() & set(each.request.unconditional):
        conditions[name] = null[name]
    return conditions


def _of_window(spec: ConditionSpec, each: EncodedRequest, window: int) -> torch.Tensor:
    """Return the positions of a given condition that belong to a window, (L, D)."""
    values, frames = each.request.conditions[spec.name], each.plan.frames
    in_time = Role.CHANNELS in spec.roles and not spec.patch_grid
    if not in_time or len(frames.starts) == 1:
        return values
    start, per_frame = frames.starts[window], len(values) / frames.count
    first = min(int(start * per_frame), len(values) - 1)
    end = math.ceil((start + frames.window) * per_frame)
    return values[first : max(end, first + 1)]
