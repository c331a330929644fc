"""Batches in which clips are visited in proportion to weights.

A pass has as many visits as there are clips, in batches of the same sizes, so that
processes with different clips stay in step. Visits are drawn systematically (one random
number, equal steps along the sum of the weights): a clip that is due 2.3 visits has two
or three in each pass, one that is due 0.1 has one in every tenth pass on average.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from espnet2.samplers.abs_sampler import AbsSampler

from espnet2.gen_audio.files.keyed_text import line_of, read_rows
from espnet2.gen_audio.files.plain_number import number_from_zero
from espnet2.gen_audio.training.listed_batches import sizes_and_keys
from espnet2.gen_audio.training.shuffled_batches import ShuffledBatches


def read_weights(path: str | Path) -> dict[str, float]:
    """Read the weights of clips.

    Args:
        path: File of ``<id> <weight>`` lines.

    Returns:
        Weights by id.

    Raises:
        ValueError: If a weight is no number from 0 up, or an id has two lines; with
            file and line.
    """
    weights: dict[str, float] = {}
    for number, key, value in read_rows(path):
        if key in weights:
            raise ValueError(
                f"{path}, line {number}: id {key} occurs twice, first in line "
                f"{line_of(path, key)}; ids must be unique"
            )
        weight = number_from_zero(value)
        if weight is None:
            raise ValueError(
                f"{path}, line {number}: {value!r} is no weight of {key}; "
                "write a number from 0 up"
            )
        weights[key] = weight
    return weights


class WeightedBatches(AbsSampler):
    """Draw the clips of some batches by their weights, into batches of the same sizes.

    Args:
        sampler: The batches of ESPnet.
        weights: Weights by id; clips without one have 1.

    Raises:
        ValueError: If all clips have the weight 0.
    """

    def __init__(self, sampler: AbsSampler, weights: Mapping[str, float]):
        self.sizes, self.keys = sizes_and_keys(sampler)
        self.weights = np.array([weights.get(key, 1.0) for key in self.keys])
        if not self.weights.sum() > 0:
            raise ValueError(
                f"all {len(self.keys)} clips have the weight 0; give some of them one "
                "above 0"
            )

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.sizes)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Yield the batches of the first pass."""
        return iter(self.generate(0))

    def generate(self, seed: int) -> list[tuple[str, ...]]:
        """Return the batches of one pass.

        Args:
            seed: Seed of the draws; ESPnet passes another one for each pass.

        Returns:
            Batches of ids.
        """
        random = np.random.RandomState(seed)
        order = random.permutation(len(self.keys))
        ends = np.cumsum(self.weights[order])
        steps = (np.arange(len(order)) + random.uniform()) * (ends[-1] / len(order))
        drawn = order[
            np.searchsorted(ends, steps, side="right").clip(max=len(order) - 1)
        ]
        visits = (self.keys[place] for place in random.permutation(drawn))
        return [tuple(next(visits) for _ in range(size)) for size in self.sizes]


def drawn_batches(
    sampler: AbsSampler, batch_type: str, weights: str | Path | None
) -> AbsSampler:
    """Return the batches of training: other clips together in every pass.

    Args:
        sampler: The batches of ESPnet.
        batch_type: Their type; only unsorted ones are drawn anew.
        weights: File of the weights of clips; None visits each clip once.

    Returns:
        Batches of each pass.

    Raises:
        ValueError: If clips have weights and batches are not unsorted.
    """
    if weights is None:
        return ShuffledBatches(sampler) if batch_type == "unsorted" else sampler
    if batch_type != "unsorted":
        raise ValueError(
            f"--clip_weights {weights} needs --batch_type unsorted, not {batch_type}"
        )
    return WeightedBatches(sampler, read_weights(weights))
