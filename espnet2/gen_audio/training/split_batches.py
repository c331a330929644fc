"""The part of every batch that one process of several trains on."""

from collections.abc import Iterator

from espnet2.samplers.abs_sampler import AbsSampler


class SplitBatches(AbsSampler):
    """Give one process its part of every batch.

    The parts of all processes together are the batch of one process. ESPnet would
    split the clips among the processes once and for all.

    Args:
        sampler: Batches of all processes, drawn in every pass.
        rank: Number of this process.
        ranks: Number of processes.

    Raises:
        ValueError: If a batch has fewer clips than there are processes.
    """

    def __init__(self, sampler: AbsSampler, rank: int, ranks: int):
        self.sampler, self.rank, self.ranks = sampler, rank, ranks
        fewest = min(len(batch) for batch in sampler)
        if fewest < ranks:
            raise ValueError(
                f"a batch of {fewest} clips cannot be split among {ranks} processes; "
                "raise batch_size, which counts the clips of all processes, or use "
                "fewer"
            )

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.sampler)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Yield the batches of the first pass."""
        return iter(self.generate(0))

    def generate(self, seed: int) -> list[tuple[str, ...]]:
        """Return the batches of one pass.

        Args:
            seed: Seed of the pass.

        Returns:
            The part of this process, batch by batch.
        """
        batches = self.sampler.generate(seed)
        return [batch[self.rank :: self.ranks] for batch in batches]
