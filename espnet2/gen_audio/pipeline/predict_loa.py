"""Encoded captions to LOA: the second step of generation.

Shapes: B captions, W windows, L LOA tokens, K tokens of a prefix, D features.
"""

from collections.abc import Sequence

import torch

from espnet2.gen_audio.pipeline.encode import Batch, EncodedRequest, joined
from espnet2.gen_audio.pipeline.lengths import loa_grid
from espnet2.gen_audio.pipeline.system import System, batch_to_model, to_model


@torch.no_grad()
def predict_loa(
    system: System, batch: Batch, prefix: torch.Tensor | None = None
) -> torch.Tensor | None:
    """Predict the LOA of captions, token by token.

    Args:
        system: The parts.
        batch: Encoded captions.
        prefix: LOA to continue, (B, K, D).

    Returns:
        LOA, (B, L, D); None for a system without LOA.
    """
    model = system.loa_lm
    if model is None:
        return None
    model.lm.sequence.padding = system.behaviour.padding
    if prefix is not None:
        prefix = to_model(prefix, model)
    conditions = model.conditions_of(batch_to_model(batch, model))
    return model.generate(conditions, prefix)


def predict_all(
    system: System, encoded: Sequence[EncodedRequest], batch_size: int = 1
) -> list[torch.Tensor | None]:
    """Return the LOA of each request: predicted, given, or a mixture.

    Args:
        system: The parts.
        encoded: Encoded requests.
        batch_size: Captions per batch; only those with prefixes of equal length are
            predicted together.

    Returns:
        LOA of each request's windows, (W, L, D), or (1, L, D) for all of them; None for
        the null LOA, and in a system without LOA.
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
            predicted = _predict_group(system, [encoded[i] for i in rows], length)
            for index, loa in zip(rows, predicted):
                loas[index] = loa
    return loas


def _predict_group(
    system: System, group: Sequence[EncodedRequest], length: int
) -> list[torch.Tensor]:
    """Predict the LOA of requests with given prefixes of the same length."""
    prefix = None
    if length:
        prefix = torch.stack([each.plan.loa.given[0, :length] for each in group])
    batch = joined([each.loa_batch for each in group])
    predicted = predict_loa(system, batch, prefix).cpu()
    windows = [_continued(system, each, loa) for each, loa in zip(group, predicted)]
    return [
        each.plan.loa.blended(torch.stack(own)) for each, own in zip(group, windows)
    ]


def _continued(
    system: System, each: EncodedRequest, first: torch.Tensor
) -> list[torch.Tensor]:
    """Return the predicted LOA of all windows, (L, D) each, given that of the first."""
    windows, specification = [first], system.specification
    times, per_time = loa_grid(specification.geometry, specification.loa_factor)
    half = times // 2 * per_time
    while each.plan.loa.continued and len(windows) < len(each.plan.frames.starts):
        prefix = windows[-1][half:]
        windows.append(predict_loa(system, each.loa_batch, prefix[None]).cpu()[0])
    return windows
