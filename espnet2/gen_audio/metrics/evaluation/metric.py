"""The record of a metric: name, unit, direction, explanation and computation.

A new metric is one new file in ``metrics.sound_metrics`` or ``metrics.speech_metrics``
that adds its record to the registry of that folder. The scoring commands import all
modules of the folder, so no other file is edited: scores.json, the table and the
explanations below it are made from the records.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from espnet2.gen_audio.metrics.functional.set_statistic import SetStatistic

Outputs = TypeVar("Outputs")
Context = TypeVar("Context")
ClipKey = tuple[str, str]  # generation seed, id
DIRECTIONS = ("higher", "lower", "neither")
ENCODINGS = ("embedding", "class_scores", "captions", "")


@dataclass(frozen=True)
class Score:
    """The result of a metric for one row.

    Args:
        entry: Entry of the row, numbers for JSON: ``value`` and, if they exist, ``low``
            and ``high``, ``clips`` and ``times_chance``. If None, the cell of the table
            stays empty.
        clips: Values of single clips for clips.jsonl.
        ratios: Numerator and denominator of each clip, if the value is a ratio of sums.
    """

    entry: dict[str, Any] | None
    clips: Mapping[ClipKey, Mapping[str, Any]] = field(default_factory=dict)
    ratios: Mapping[ClipKey, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric(Generic[Outputs, Context]):
    """One metric, one column of the table.

    Args:
        key: Name in scores.json.
        title: Heading of its column.
        unit: Unit and scale, for example ``dB``.
        direction: Which values are better: ``higher``, ``lower`` or ``neither``.
        text: Explanation for the reader of the table.
        source: Paper or definition.
        compute: Function that computes the score from the outputs of one system and the
            evaluation context; it returns None if the metric does not apply to them.
        permuted: Function that computes the score against permuted captions or
            transcripts, which is chance level; None if chance level means nothing for
            the metric.
        digits: Decimals in the table.
        column: Columns are ordered by this number, then by key.
        statistic: Returns the metric as a statistic of subsets of clips, which
            ``--compare`` draws for two systems at once; None for a metric of clips.
        clip_key: Key of clips.jsonl whose mean is the value; empty for a metric of
            sets.
        encoding: What a protocol's encoder must give: ``embedding``, ``class_scores``,
            ``captions`` (an embedding of captions too), or empty without an encoder.
        protocols_only: Whether it is computed only where a protocol names it.
        full_rank: Whether a protocol refuses it with fewer clips than dimensions.
    """

    key: str
    title: str
    unit: str
    direction: str
    text: str
    source: str
    compute: Callable[[Outputs, Context], Score | None]
    permuted: Callable[[Outputs, Context], Score | None] | None = None
    digits: int = 2
    column: int = 100
    statistic: Callable[[Outputs, Context], SetStatistic | None] | None = None
    clip_key: str = ""
    encoding: str = ""
    protocols_only: bool = False
    full_rank: bool = False

    def __post_init__(self):
        if self.direction not in DIRECTIONS:
            raise ValueError(
                f"metric {self.key}: direction {self.direction!r} is none of "
                f"{', '.join(DIRECTIONS)}"
            )
        if not self.key.isidentifier():
            raise ValueError(
                f"metric {self.key!r}: a key is letters, digits and underscores"
            )
        if self.encoding not in ENCODINGS:
            raise ValueError(
                f"metric {self.key}: encoding {self.encoding!r} is none of "
                f"{', '.join(filter(None, ENCODINGS))}"
            )
        empty = [k for k in ("title", "unit", "text", "source") if not vars(self)[k]]
        if empty:
            raise ValueError(f"metric {self.key}: {empty[0]} is empty; state it")

    def describe(self) -> dict[str, str | int]:
        """Return the description of the metric for scores.json."""
        names = ("key", "title", "unit", "direction", "text", "source", "digits")
        return {name: getattr(self, name) for name in names}


class MetricRegistry(Generic[Outputs, Context]):
    """The metrics of one folder of modules.

    Args:
        package: Dotted name of the folder; its modules add their metrics when they are
            imported.
    """

    def __init__(self, package: str):
        self.package = package
        self._metrics: dict[str, Metric[Outputs, Context]] = {}

    def add(self, metric: Metric[Outputs, Context]) -> Metric[Outputs, Context]:
        """Register a metric.

        Args:
            metric: Its record.

        Returns:
            The record.

        Raises:
            ValueError: If another metric has its key.
        """
        if metric.key in self._metrics:
            raise ValueError(
                f"metric {metric.key} is registered twice; choose another key than "
                f"{', '.join(sorted(self._metrics))}"
            )
        self._metrics[metric.key] = metric
        return metric

    def all(self, of_protocols: bool = False) -> list[Metric[Outputs, Context]]:
        """Return the metrics of the folder, in the order of the table.

        Args:
            of_protocols: Whether those are returned too that only protocols name.

        Returns:
            The records.
        """
        folder = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(folder.__path__):
            importlib.import_module(f"{self.package}.{module.name}")
        found = [
            m for m in self._metrics.values() if of_protocols or not m.protocols_only
        ]
        return sorted(found, key=lambda m: (m.column, m.key))
