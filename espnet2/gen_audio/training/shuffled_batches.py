"""Batches of randomly drawn clips, different in each pass over the data.

ESPnet's ``unsorted`` batches contain neighbours in the list of ids; only the order of
batches is shuffled. With ids sorted by name, clips of one recording or one class are in
one batch, which makes training much slower: on the default corpus the autoencoder
reached a mel L1 of 0.52 instead of 0.35.
"""

from collections.abc import Iterator

import numpy as np
from espnet2.samplers.abs_sampler import AbsSampler


class ShuffledBatches(AbsSampler):
    """Shuffle the clips of some batches into batches of the same sizes.

    Each of several processes gets its part of every batch; together these are the batch
    of one process.

    Args:
        sampler: The batches of ESPnet, those of all processes.
        rank: Number of this process.
        ranks: Number of processes.

    Raises:
        ValueError: If a batch has fewer clips than there are processes.
    """

    def __init__(self, sampler: AbsSampler, rank: int = 0, ranks: int = 1):
        self.rank, self.ranks = rank, ranks
        self.sizes = [len(batch) for batch in sampler]
        self.keys = [key for batch in sampler for key in batch]
        if min(self.sizes) < ranks:
            raise ValueError(
                f"a batch of {min(self.sizes)} clips cannot be split among {ranks} "
                "processes; raise batch_size, which counts the clips of all processes, "
                "or use fewer"
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
            seed: Seed of the permutation; ESPnet passes another one for each pass.

        Returns:
            Batches that contain each clip once; of each the part of this process.
        """
        order = np.random.RandomState(seed).permutation(len(self.keys))
        shuffled = iter([self.keys[place] for place in order])
        batches = [tuple(next(shuffled) for _ in range(size)) for size in self.sizes]
        return [batch[self.rank :: self.ranks] for batch in batches]
