"""Rows of scores.json: the outputs of one system, scored by every metric.

A metric whose package is missing is left out of all rows, with the reason.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from espnet2.gen_audio.metrics.encoders.packaged_weights import MissingPackage
from espnet2.gen_audio.metrics.evaluation.metric import ClipKey, Metric, Score

Row = dict[str, Any]
Record = dict[str, Any]
Context = TypeVar("Context")


class ScoredOutputs(Protocol):
    """The clips of one system, as every evaluation describes them.

    Attributes:
        name: Name of the row.
        by_seed: The clips of each generation seed; a single seed may have an empty
            name.
    """

    name: str
    by_seed: Mapping[str, Any]

    def records(self) -> dict[ClipKey, Record]:
        """Return a new record of each clip, to which metrics add their values."""
        ...


Outputs = TypeVar("Outputs", bound=ScoredOutputs)


class RowScorer(Generic[Outputs, Context]):
    """Scores systems in one evaluation context.

    Args:
        metrics: Metrics to compute, in the order of the table.
        context: The evaluation context.
    """

    def __init__(self, metrics: Sequence[Metric[Outputs, Context]], context: Context):
        self.metrics = metrics
        self.context = context
        self.left_out: dict[str, str] = {}  # key of a metric -> reason

    def score(self, outputs: Outputs) -> tuple[Row, list[Record]]:
        """Score one system.

        Args:
            outputs: Its clips.

        Returns:
            The row for scores.json, and one record per clip.
        """
        records = outputs.records()
        row = _new_row(outputs.name, outputs, len(records))
        for metric in self.metrics:
            score = self._computed(metric.key, metric.compute, outputs)
            if score is None:
                continue
            if score.entry is not None:
                row[metric.key] = score.entry
            for clip, values in score.clips.items():
                records[clip].update(values)
        return row, list(records.values())

    def score_permuted(self, name: str, outputs: Outputs) -> Row:
        """Score clips against permuted captions or transcripts.

        Args:
            name: Name of the row.
            outputs: Clips of another row.

        Returns:
            A row of the metrics that have a chance level.
        """
        row = _new_row(name, outputs, len(outputs.records()))
        for metric in self.metrics:
            if metric.permuted is not None:
                score = self._computed(metric.key, metric.permuted, outputs)
                if score is not None and score.entry is not None:
                    row[metric.key] = score.entry
        return row

    def has_scores(self, row: Row) -> bool:
        """Return whether a row has an entry for at least one metric."""
        return any(metric.key in row for metric in self.metrics)

    def _computed(
        self,
        key: str,
        compute: Callable[[Outputs, Context], Score | None],
        outputs: Outputs,
    ) -> Score | None:
        if key in self.left_out:
            return None
        try:
            return compute(outputs, self.context)
        except MissingPackage as error:
            logging.warning("%s is left out: %s", key, error)
            self.left_out[key] = str(error)
            return None


def _new_row(name: str, outputs: ScoredOutputs, clips: int) -> Row:
    return {"name": name, "seeds": list(outputs.by_seed), "clips": clips}
