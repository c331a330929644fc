"""Encoded captions to LOA: the second step of generation.

Shapes: B captions, W windows, L LOA tokens, K tokens of a prefix, D features.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.pipeline.encode import Batch, EncodedRequest, joined, noise_id
from espnet2.gen_audio.pipeline.lengths import loa_grid
from espnet2.gen_audio.pipeline.system import System, batch_to_model, to_model
from espnet2.gen_audio.seeding import generator_of, normal_of


@torch.no_grad()
def predict_loa(
    system: System,
    batch: Batch,
    prefix: torch.Tensor | None = None,
    noise_ids: Sequence[tuple[int, str]] | None = None,
) -> torch.Tensor | None:
    """Predict the LOA of captions, token by token.

    Args:
        system: The parts.
        batch: Encoded captions.
        prefix: LOA to continue, (B, K, D).
        noise_ids: Seed and id of each of the B captions, which seed the noise of a
            language model that samples.

    Returns:
        LOA, (B, L, D); None for a system without LOA.

    Raises:
        ValueError: If the language model was loaded for another behaviour.
    """
    model = system.loa_lm
    if model is None:
        return None
    _refuse_other_padding(model.lm.sequence.padding, system.behaviour.padding)
    if prefix is not None:
        prefix = to_model(prefix, model)
    conditions = model.conditions_of(batch_to_model(batch, model))
    noise = None
    if model.lm.head.samples and noise_ids is not None:
        # another id than for the noise of the latent: both must be independent
        generators = [generator_of(seed, f"{one}\nloa") for seed, one in noise_ids]
        noise = normal_of(generators, (model.num_tokens, model.lm.width))
        noise = to_model(noise, model)
    return model.generate(conditions, prefix, noise)


def _refuse_other_padding(loaded: str, wanted: str) -> None:
    """Refuse a language model whose padding is that of another behaviour."""
    if loaded != wanted:
        raise ValueError(
            f"the language model was loaded with padding {loaded!r}, but the behaviour "
            f"of the system says {wanted!r}; load it with that behaviour, or build the "
            "system by System.of"
        )


def predict_candidates(
    system: System,
    encoded: Sequence[EncodedRequest],
    candidates: int,
    batch_size: int = 1,
) -> list[list[torch.Tensor | None]]:
    """Return the LOA of each candidate of each request.

    Args:
        system: The parts.
        encoded: Encoded requests.
        candidates: Candidates per request.
        batch_size: See ``predict_all``.

    Returns:
        For each request, the LOA of its candidates, see ``predict_all``; one LOA for
        all candidates if the language model does not sample.
    """
    first = predict_all(system, encoded, batch_size)
    predicts = system.specification.loa_factor is not None and any(
        each.plan.loa.is_predicted for each in encoded
    )
    if candidates == 1 or not predicts or not system.loa_lm.lm.head.samples:
        return [[loa] * candidates for loa in first]
    others = [predict_all(system, encoded, batch_size, n) for n in range(1, candidates)]
    return [list(own) for own in zip(first, *others)]


def predict_all(
    system: System,
    encoded: Sequence[EncodedRequest],
    batch_size: int = 1,
    candidate: int = 0,
) -> list[torch.Tensor | None]:
    """Return the LOA of each request: predicted, given, or a mixture.

    Args:
        system: The parts.
        encoded: Encoded requests.
        batch_size: Captions per batch; the captions of a batch have prefixes of equal
            length.
        candidate: Number of the candidate; seed, id and number determine the noise.

    Returns:
        For each request, the LOA of its windows, (W, L, D), or one LOA for all windows,
        (1, L, D). None for the null LOA, and in a system without LOA.
    """
    if system.specification.loa_factor is None:
        return [None] * len(encoded)
    loas = [each.plan.loa.given for each in encoded]
    groups: dict[int, list[int]] = {}
    for index, each in enumerate(encoded):
        if each.plan.loa.is_predicted:
            groups.setdefault(each.plan.loa.prefix_length, []).append(index)
    for length, group in groups.items():
        for begin in range(0, len(group), batch_size):
            rows = group[begin : begin + batch_size]
            own = [encoded[i] for i in rows]
            predicted = _predict_group(system, own, length, candidate)
            for index, loa in zip(rows, predicted):
                loas[index] = loa
    return loas


def _predict_group(
    system: System, group: Sequence[EncodedRequest], length: int, candidate: int
) -> list[torch.Tensor]:
    """Predict the LOA of requests whose given prefixes have equal length."""
    prefix = None
    if length:
        prefix = torch.stack([each.plan.loa.given[0, :length] for each in group])
    batch = joined([each.loa_batch for each in group])
    ids = [(each.seed, noise_id(each.request.utt_id, candidate)) for each in group]
    predicted = predict_loa(system, batch, prefix, ids).cpu()
    windows = [
        _continued(system, each, loa, seed_and_id)
        for each, loa, seed_and_id in zip(group, predicted, ids)
    ]
    return [
        each.plan.loa.blended(torch.stack(its)) for each, its in zip(group, windows)
    ]


def _continued(
    system: System,
    each: EncodedRequest,
    first: torch.Tensor,
    seed_and_id: tuple[int, str],
) -> list[torch.Tensor]:
    """Return the LOA of all windows, (L, D) each, predicted from the first window's."""
    seed, own_id = seed_and_id
    windows, specification = [first], system.specification
    times, per_time = loa_grid(specification.geometry, specification.loa_factor)
    half = times // 2 * per_time
    while each.plan.loa.continued and len(windows) < len(each.plan.frames.starts):
        prefix = windows[-1][half:]
        ids = [(seed, f"{own_id}\nwindow {len(windows)}")]
        following = predict_loa(system, each.loa_batch, prefix[None], ids)
        windows.append(following.cpu()[0])
    return windows
