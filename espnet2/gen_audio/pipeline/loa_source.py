"""Which LOA the diffusion model hears: the predicted one, or one to judge it by.

Shapes: B clips, P patches, L LOA tokens, D features.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import torch

from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.conditioner.condition import Condition, Conditions
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

# What each source is, in the words of the result table.
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
    """Give every clip another clip, each one once.

    Args:
        utt_ids: At least two ids; their order does not matter.
        seed: Of the permutation.

    Returns:
        A permutation of the ids that leaves none in its place.

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
    """LOA of recordings, pooled as the language model's are.

    Args:
        loa_scp: What stage ``dump_loa`` wrote.
        loa_lm: The model whose pooling is used.
    """

    def __init__(self, loa_scp: str, loa_lm: ESPnetLOALMModel):
        self.path = loa_scp
        self.matrices = read_matrices(loa_scp)
        self.pool = loa_lm.pool

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


class LOASources:
    """What the diffusion model hears for a caption, by source.

    Args:
        system: The loaded models.
        captions: All captions by id, those of other jobs included.
        loa_scp: LOA of the recordings, for the source ``true``.
        train_loa_scp: LOA of the training set, for the source ``mean``.
    """

    def __init__(
        self,
        system: Text2Audio,
        captions: Mapping[str, str],
        loa_scp: str | None = None,
        train_loa_scp: str | None = None,
    ):
        self.system = system
        self.captions = captions
        self.loa_scp = loa_scp
        self.train_loa_scp = train_loa_scp
        self.predicted: dict[str, torch.Tensor] = {}

    @cached_property
    def recorded(self) -> StoredLOA:
        """LOA of the recordings."""
        return StoredLOA(self.loa_scp, self.system.loa_lm)

    @cached_property
    def mean(self) -> torch.Tensor:
        """Mean LOA of the training set, (L, D)."""
        return StoredLOA(self.train_loa_scp, self.system.loa_lm).mean()

    @cached_property
    def others(self) -> dict[str, str]:
        """Another caption for every caption."""
        return other_ids(list(self.captions))

    def loa(self, source: str, utt_id: str) -> torch.Tensor:
        """Return the LOA of one caption.

        Args:
            source: A name in SOURCES.
            utt_id: Id of the caption.

        Returns:
            LOA tokens, (L, D).
        """
        if source == "true":
            return self.recorded[utt_id]
        if source == "mean":
            return self.mean
        if source == "zero":
            return self.system.ldm.null_conditions(1)["loa"].embedding[0]
        return self.predict(self.others[utt_id] if source == "other" else utt_id)

    def predict(self, utt_id: str) -> torch.Tensor:
        """Return the LOA that the language model gives a caption, made once."""
        if utt_id not in self.predicted:
            batch = self.system.conditions([self.captions[utt_id]], [utt_id])
            self.predicted[utt_id] = self.system.predict_loa(batch)[0]
        return self.predicted[utt_id]

    def conditions(self, source: str, utt_ids: Sequence[str]) -> Conditions:
        """Return the diffusion model's conditions of a batch.

        Args:
            source: A name in SOURCES; ``loa_only`` has the empty caption's text.
            utt_ids: B ids.

        Returns:
            Conditions, B rows each.
        """
        system = self.system
        loa = None
        if system.loa_lm is not None:
            rows = torch.stack([self.loa(source, utt_id) for utt_id in utt_ids])
            loa = Condition.from_lengths(rows.to(system.device))
        captions = [self.captions[utt_id] for utt_id in utt_ids]
        batch = system.conditions(captions, utt_ids)
        given = system.ldm.conditions_of(batch, {} if loa is None else {"loa": loa})
        if source == "loa_only" and "tokens" in given:
            given["tokens"] = system.ldm.null_conditions(len(utt_ids))["tokens"]
        return given
