"""Draw one of a clip's captions at each visit of a training.

A draw depends on the clip, the pass over the data and, if a pass contains the clip
several times, on the number of the visit: not on workers, batches or a restart. All
streams of a batch (sentence vector, token states, units) are of the same caption.
Validation and statistics take the first caption.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from espnet2.samplers.abs_sampler import AbsSampler

from espnet2.gen_audio.files.matrix_index import check_matrix_index
from espnet2.gen_audio.kaldi.listed_data import ListedMatrices
from espnet2.gen_audio.kaldi.several_captions import (
    FURTHER,
    counts_of,
    further_captions,
)


class Visit(str):
    """The id of a clip at one visit.

    Attributes:
        number: Seed of the pass, and how many visits of the clip the pass had before.
    """

    __slots__ = ("number",)


class CountedVisits(AbsSampler):
    """Batches whose ids are visits.

    Args:
        sampler: The batches; with a method ``generate``, those of each pass.
    """

    def __init__(self, sampler: AbsSampler):
        self.sampler = sampler

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.sampler)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Yield the batches of the first pass."""
        return iter(self.generate(0))

    def generate(self, seed: int) -> list[tuple[str, ...]]:
        """Return the batches of one pass.

        Args:
            seed: Seed of the pass; ESPnet passes another one for each.

        Returns:
            Batches of ``Visit``.
        """
        seen: Counter[str] = Counter()
        batches = []
        for batch in self.sampler.generate(seed):
            visits = []
            for key in batch:
                visit = Visit(key)
                visit.number = (seed, seen[key])
                seen[key] += 1
                visits.append(visit)
            batches.append(tuple(visits))
        return batches


def drawn(clip: str, count: int) -> int:
    """Draw a caption.

    Args:
        clip: Id of the clip; a ``Visit`` in training.
        count: Number of its captions.

    Returns:
        Number of a caption, from 1; 1 if the id is no visit.
    """
    if count == 1 or not isinstance(clip, Visit):
        return 1
    seed, before = clip.number
    digest = hashlib.sha256(f"{seed}/{before}/{clip}".encode()).digest()
    return 1 + int.from_bytes(digest[:8], "big") % count


class DrawnCaptions(Mapping):
    """What ESPnet's loader gives for the first captions, or for one of the others.

    Args:
        first: Loader of the first captions, by the id of the clip.
        further: The others, under ``<id>:2``, ``<id>:3`` and so on.
    """

    def __init__(self, first: Mapping[str, Any], further: Mapping[str, Any]):
        self.first = first
        self.further = further
        self.counts = counts_of(further.keys())

    def __getitem__(self, clip: str) -> Any:
        """Return the drawn caption of a visit; the first one of a plain id."""
        number = drawn(clip, self.counts.get(clip, 1))
        return self.first[clip] if number == 1 else self.further[f"{clip}:{number}"]

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self.first)

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of the clips."""
        return iter(self.first)


def further_index(path: str | Path) -> Path:
    """Return where the further captions of a dumped stream are.

    Args:
        path: Index of the stream, with the first captions.

    Returns:
        Their index, whether it exists or not.
    """
    path = Path(path)
    return path.parent / FURTHER / path.name


def draw_captions(factory: Any, data: Iterable[tuple[str, str, str]]) -> None:
    """Let a training draw one of several captions at each visit, if there are several.

    Args:
        factory: ESPnet's factory of iterators, changed in place.
        data: File, name and type of each stream.

    Raises:
        ValueError: If streams have different numbers of captions, or items are cached.
    """
    dataset, names = factory.dataset, []
    for path, name, form in data:
        further = _further(path, form)
        if further:
            loader = DrawnCaptions(dataset.loader_dict[name], further)
            dataset.loader_dict[name] = loader
            names.append(name)
            if loader.counts != dataset.loader_dict[names[0]].counts:
                raise ValueError(
                    f"{path} has other numbers of captions than the stream {names[0]}; "
                    "dump both again from one data folder (stage dump_condition)"
                )
    if not names:
        return
    if dataset.cache is not None:
        raise ValueError(
            f"--max_cache_size {dataset.max_cache_size} would keep the first caption "
            "drawn of each clip; leave it at 0 where clips have several captions"
        )
    factory.sampler = CountedVisits(factory.sampler)
    counts = dataset.loader_dict[names[0]].counts
    logging.info(
        "%d clips have several captions, %d in all: one of them is drawn at each visit",
        len(counts),
        sum(counts.values()),
    )


def _further(path: str, form: str) -> Mapping[str, Any]:
    """Return the further captions of a stream; empty if there are none."""
    if form == "text" and Path(path).name == "text":
        return further_captions(Path(path).parent)
    index = further_index(path)
    if form != "kaldi_ark" or not index.is_file() or not index.stat().st_size:
        return {}
    check_matrix_index(index, sampled=True)
    return ListedMatrices(index)
