"""The batches of a list of clips, without ESPnet's dictionary of the list.

ESPnet reads the list into a dictionary, and makes a list and a set of its ids: for two
million clips a gigabyte in every process.
"""

from collections.abc import Iterator, Sequence

from espnet2.samplers.abs_sampler import AbsSampler

from espnet2.gen_audio.files.listed_rows import ListedRows, PackedTexts


class ListedBatches(AbsSampler):
    """Neighbours of a list, in batches of the sizes of ESPnet's unsorted batches.

    Args:
        shape_file: File with an id at the start of each line.
        batch_size: Clips of a batch, at least; all clips if there are fewer.
        drop_last: Whether clips that do not fill a batch are left out.

    Raises:
        ValueError: If the list is empty.
    """

    def __init__(self, shape_file: str, batch_size: int, drop_last: bool = False):
        self.keys = PackedTexts(ListedRows(shape_file))
        count = len(self.keys)
        if not count:
            raise ValueError(f"{shape_file} is empty; give a list with some clips")
        number = max(count // batch_size, 1)
        ends = [place * count // number for place in range(1, number + 1)]
        if drop_last:
            ends = [min(place * batch_size, count) for place in range(1, number + 1)]
        self.sizes = [end - start for start, end in zip([0, *ends], ends)]

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.sizes)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Yield the batches in the order of the list."""
        place = 0
        for size in self.sizes:
            yield tuple(self.keys[n] for n in range(place, place + size))
            place += size


def sizes_and_keys(sampler: AbsSampler) -> tuple[list[int], Sequence[str]]:
    """Return the sizes of some batches, and all their clips in order.

    Args:
        sampler: Batches.

    Returns:
        Sizes and ids.
    """
    if isinstance(sampler, ListedBatches):
        return sampler.sizes, sampler.keys
    sizes = [len(batch) for batch in sampler]
    return sizes, [key for batch in sampler for key in batch]
