"""LOA sources for the rows of the result table, for comparison with predicted LOA.

Shapes: P patches, L LOA tokens, D features.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch

from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.pipeline.loa_source import ZERO, LOASource
from espnet2.gen_audio.pipeline.request import Request

# Name and meaning of every row.
SOURCES = {
    "predicted": "LOA predicted from the caption by GPT-2",
    "true": "LOA of the recording that the caption describes",
    "other": "LOA predicted from another caption, text kept",
    "zero": "LOA of zeros (none given), text kept",
    "mean": "mean LOA of the training set, text kept",
    "loa_only": "predicted LOA, text replaced by the empty caption's",
    "untrained": "networks as initialised, not trained",
}


def other_ids(utt_ids: list[str], seed: int = 0) -> dict[str, str]:
    """Map every clip to another clip, with a permutation.

    Args:
        utt_ids: At least two ids; their order does not matter.
        seed: Seed of the permutation.

    Returns:
        A permutation of the ids without fixed points.

    Raises:
        ValueError: If there is only one id.
    """
    if len(utt_ids) < 2:
        raise ValueError(
            f"LOA of another caption needs two captions, but got {len(utt_ids)}; leave "
            "'other' out of --sources"
        )
    order = np.random.RandomState(seed).permutation(sorted(utt_ids))
    return {str(a): str(b) for a, b in zip(order, np.roll(order, 1))}


class StoredLOA:
    """LOA of recordings, pooled as for the language model.

    Args:
        loa_scp: Index that stage ``dump_loa`` wrote.
        pool: Function from patch features or pooled tokens, (1, P, D), to LOA, (1, L,
            D).
    """

    def __init__(self, loa_scp: str, pool: Callable[[torch.Tensor], torch.Tensor]):
        self.path = loa_scp
        self.matrices = read_matrices(loa_scp)
        self.pool = pool

    def __getitem__(self, utt_id: str) -> torch.Tensor:
        """Return the LOA of one recording, (L, D).

        Args:
            utt_id: Its id.

        Returns:
            LOA tokens.

        Raises:
            ValueError: If the id has no recording.
        """
        if utt_id not in self.matrices:
            raise ValueError(
                f"{self.path} has no LOA of {utt_id!r}; captions without recordings "
                "have a predicted LOA only"
            )
        return self.pool(torch.tensor(self.matrices[utt_id])[None])[0]

    def mean(self) -> torch.Tensor:
        """Return the mean over all recordings, (L, D), summed in double precision."""
        total, count = 0.0, 0
        for utt_id in self.matrices:
            total, count = total + self[utt_id].double(), count + 1
        return (total / count).float()


class ReferenceLOA:
    """Changes requests to the LOA source of a row of the result table.

    Args:
        captions: All captions by id, including those of other jobs.
        pool: See ``StoredLOA``.
        loa_scp: LOA of the recordings, for the source ``true``.
        train_loa_scp: LOA of the training set, for the source ``mean``.
    """

    def __init__(
        self,
        captions: Mapping[str, str],
        pool: Callable[[torch.Tensor], torch.Tensor],
        loa_scp: str | None = None,
        train_loa_scp: str | None = None,
    ):
        self.captions = captions
        self.pool = pool
        self.loa_scp = loa_scp
        self.train_loa_scp = train_loa_scp

    @cached_property
    def recorded(self) -> StoredLOA:
        """LOA of the recordings."""
        return StoredLOA(self.loa_scp, self.pool)

    @cached_property
    def mean(self) -> torch.Tensor:
        """Mean LOA of the training set, (L, D)."""
        return StoredLOA(self.train_loa_scp, self.pool).mean()

    @cached_property
    def others(self) -> dict[str, str]:
        """The id of another caption, for every id."""
        return other_ids(list(self.captions))

    def request(self, source: str, request: Request) -> Request:
        """Return a request with the LOA source of a row.

        Args:
            source: A name in SOURCES; ``predicted`` and ``untrained`` change nothing.
            request: The request.

        Returns:
            The request.
        """
        if source in ("predicted", "untrained"):
            return request
        if source == "loa_only":
            return replace(request, unconditional=("tokens",))
        return replace(request, loa=self._source(source, request.utt_id))

    def _source(self, source: str, utt_id: str) -> LOASource:
        if source == "zero":
            return ZERO
        if source == "other":
            other = self.others[utt_id]
            return LOASource(caption=self.captions[other], utt_id=other)
        loa = self.mean if source == "mean" else self.recorded[utt_id]
        return LOASource.of(loa)
